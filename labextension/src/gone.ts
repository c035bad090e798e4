/** A panel whose kernel is gone: says what to do, where JupyterLab would say "Loading widget…" for ever. */

const LOST = /^(Loading widget|Error displaying widget)/;

/** How the kernel's sentence begins that lies beside the panel, in the same output. */
const SENTENCE = 'The ftkit panel.';

/** What the outputs of a cell hold, as far as this goes. */
export interface IOutputs {
  readonly length: number;
  get(index: number): { readonly data: { readonly [mime: string]: unknown } };
}

/** The sentence that the wizard left beside its panel; null for any other cell. */
export function leftBehind(outputs: IOutputs): string | null {
  for (let i = 0; i < outputs.length; i++) {
    const text = outputs.get(i).data['text/plain'];
    const whole = Array.isArray(text) ? text.join('') : text;
    if (typeof whole === 'string' && whole.startsWith(SENTENCE)) {
      return whole;
    }
  }
  return null;
}

/**
 * Puts a sentence where the panel is missing, and a button beside it. The widget manager draws over it if the panel comes
 * after all.
 */
export function explain(
  cell: HTMLElement,
  sentence: string,
  button: HTMLElement | null = null
): void {
  for (const output of cell.querySelectorAll<HTMLElement>('.jp-OutputArea-output')) {
    const said = output.dataset['ftkit'] === output.textContent;
    if (said || (output.childElementCount === 0 && LOST.test(output.textContent))) {
      output.replaceChildren(sentence, ...(button === null ? [] : [' ', button]));
      output.dataset['ftkit'] = output.textContent;
    }
  }
}
