/** Brings the output of a running cell into view. */

import type { Cell } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';

/** The share of the page above the place where the output begins. */
const ABOVE = 0.2;

/** What a person does who wants to see something else. */
export const TAKEN_OVER = ['wheel', 'touchmove', 'pointerdown', 'keydown'];

/**
 * Scrolls to where a cell's output begins.
 *
 * A cell that was just inserted is drawn, and gets its height, only when it comes into view: the place
 * is held until it has settled, or the person does anything in the notebook.
 *
 * @returns what ends the holding.
 */
export function showOutput(notebook: Notebook, cell: Cell): () => void {
  const { node, outerNode } = notebook;
  const taken = new AbortController();
  const observer = new ResizeObserver(() => {
    const code = cell.node.querySelector('.jp-Cell-inputWrapper');
    if (code !== null) {
      const place = code.getBoundingClientRect().bottom - outerNode.getBoundingClientRect().top;
      outerNode.scrollTop += place - outerNode.clientHeight * ABOVE;
    }
  });
  const end = (): void => {
    observer.disconnect();
    taken.abort();
  };
  for (const event of TAKEN_OVER) {
    node.addEventListener(event, end, { capture: true, passive: true, signal: taken.signal });
  }
  notebook.scrollToItem(notebook.widgets.indexOf(cell), 'start', 0).catch(() => {
    // Another scrolling came in between; the observer has the last word, or the person.
  });
  observer.observe(cell.node);
  return end;
}
