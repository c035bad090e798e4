/** The outputs of a cell that was running when the page was loaded. Pure. */

import type * as nbformat from '@jupyterlab/nbformat';
import type { JSONObject } from '@lumino/coreutils';

const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';

/** How the chart calls itself in plain text. */
const CHART = '<ftkit.live.chart.TrainingChart ';

/** In the metadata of an output: a picture of how a run stood, in the place of the one of the end. */
export const SO_FAR = { ftkit: 'so-far' };

const NOTHING: nbformat.IDisplayData = {
  output_type: 'display_data',
  data: { 'text/plain': '' },
  metadata: {}
};

interface IOutput {
  toJSON(): nbformat.IOutput;
}

/** What this needs of a cell's outputs. */
export interface IOutputList {
  readonly length: number;
  get(index: number): IOutput;
  add(output: nbformat.IOutput): number;
  set(index: number, output: nbformat.IOutput): void;
  clear(wait?: boolean): void;
}

/**
 * Puts into a cell what JupyterLab drops, because another page asked for it.
 *
 * What was saved of this run of the cell stays, except the chart and what stood in for it: a widget cannot
 * come back before the cell has ended, and then its picture comes.
 */
export class LateOutputs {
  constructor(
    private readonly _outputs: IOutputList,
    ofThisRun: boolean
  ) {
    const saved = Array.from({ length: _outputs.length }, (_, index) =>
      _outputs.get(index).toJSON()
    );
    _outputs.clear();
    for (const output of ofThisRun ? saved : []) {
      if (!isChart(output) && !isSoFar(output)) {
        _outputs.add(output);
      }
    }
  }

  /** Whether a chart was shown since: this one the page can have. */
  get hasChart(): boolean {
    return this._hasChart;
  }

  /** Shows something under an id, in the place of what was shown under it before. */
  show(id: string, data: JSONObject, metadata: JSONObject = {}): void {
    const output = {
      output_type: 'display_data',
      data,
      metadata
    } as unknown as nbformat.IDisplayData;
    let index = this._placeOf(id);
    if (index === null) {
      this._outputs.add(output);
      index = this._outputs.length - 1;
    } else {
      // Plotly's renderer draws once: it takes a second picture only where something else has been between.
      this._outputs.set(index, NOTHING);
      this._outputs.set(index, output);
    }
    this._shown.set(id, this._outputs.get(index));
  }

  /** Takes a message of the cell. */
  hear(type: string, content: JSONObject): void {
    switch (type) {
      case 'display_data':
      case 'update_display_data':
        this._display(type === 'update_display_data', content);
        break;
      case 'stream':
      case 'execute_result':
      case 'error':
        this._outputs.add({ ...content, output_type: type });
        break;
      case 'clear_output':
        this._shown.clear();
        this._outputs.clear(content['wait'] === true);
        break;
      default:
    }
  }

  private _display(isUpdate: boolean, content: JSONObject): void {
    const { data, metadata, transient } = content as {
      data: JSONObject;
      metadata?: JSONObject;
      transient?: { display_id?: string };
    };
    const id = transient?.display_id ?? '';
    if (!isUpdate) {
      this._hasChart ||= isChart({ output_type: 'display_data', data });
      this._shown.delete(id);
    }
    this.show(id, data, metadata);
    if (id === '') {
      this._shown.delete(id);
    }
  }

  /** Where that stands which was shown under an id; the person may have cleared the cell since. */
  private _placeOf(id: string): number | null {
    const shown = this._shown.get(id);
    for (let index = 0; shown !== undefined && index < this._outputs.length; index++) {
      if (this._outputs.get(index) === shown) {
        return index;
      }
    }
    return null;
  }

  private _hasChart = false;
  private readonly _shown = new Map<string, IOutput>();
}

function isSoFar(output: nbformat.IOutput): boolean {
  return (output['metadata'] as JSONObject | undefined)?.['ftkit'] === SO_FAR.ftkit;
}

function isChart(output: nbformat.IOutput): boolean {
  const data = output['data'] as JSONObject | undefined;
  if (data === undefined || !(WIDGET_VIEW in data)) {
    return false;
  }
  const text = data['text/plain'] as string | string[] | undefined;
  return [text ?? ''].flat().join('').startsWith(CHART);
}
