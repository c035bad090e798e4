/** The curves. The kernel makes the figure; here it gets its numbers and the theme's text colour. */

import Plotly from 'plotly.js-basic-dist-min';
import { drawn, useful, type IOptions } from './drawing';
import { floats, type ITrace } from './model';

const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: 'reset' };

/** What is to be drawn. */
export interface IFigure {
  traces: ITrace[];
  axes: Record<string, unknown>;
}

/** Draws a figure into a node until it is disposed. */
export class Plot {
  constructor(
    private readonly _figure: () => IFigure,
    private readonly _node: HTMLElement,
    private readonly _options: IOptions,
    private readonly _offer: (useful: (keyof IOptions)[]) => void
  ) {
    this._theme.observe(document.body, { attributes: true, attributeFilter: THEME });
    this._size.observe(_node);
  }

  /** Draws at the next frame, however often it is asked until then. */
  draw(): void {
    this._frame ||= requestAnimationFrame(() => {
      this._frame = 0;
      void this._draw();
    });
  }

  dispose(): void {
    cancelAnimationFrame(this._frame);
    this._theme.disconnect();
    this._size.disconnect();
    Plotly.purge(this._node);
  }

  private async _draw(): Promise<void> {
    // plotly cannot draw into a node without a size, such as a cell scrolled out of a windowed notebook.
    if (this._node.clientWidth === 0) {
      return;
    }
    const { traces, axes } = this._figure();
    const curves = traces.map(trace => ({ ...trace, x: floats(trace.x), y: floats(trace.y) }));
    this._offer(useful(curves));
    const { data, layout: chosen } = drawn(curves, axes, this._options);
    const colour = getComputedStyle(this._node).color;
    // Another figure starts with axes of its own, however the one before was zoomed into.
    const layout = { ...chosen, uirevision: this.revision, autosize: true };
    await Plotly.react(this._node, data, { ...layout, font: { color: colour, size: 12 } }, CONFIG);
    this._width = this._node.clientWidth;
  }

  private _resize(): void {
    if (this._width === 0) {
      this.draw();
    } else if (this._node.clientWidth > 0 && this._node.clientWidth !== this._width) {
      this._width = this._node.clientWidth;
      void Plotly.Plots.resize(this._node);
    }
  }

  revision = '';

  private _frame = 0;
  private _width = 0;
  private readonly _theme = new MutationObserver(() => {
    // The page names its new theme before the theme's colours have arrived.
    for (const later of COLOURS_ARRIVE) {
      window.setTimeout(() => {
        if (this._node.isConnected) {
          this.draw();
        }
      }, later);
    }
  });
  private readonly _size = new ResizeObserver(() => {
    this._resize();
  });
}

/** After so many milliseconds the colours of a new theme are looked up. */
const COLOURS_ARRIVE = [0, 300, 1500];
const THEME = ['data-jp-theme-name', 'data-jp-theme-light', 'class'];
