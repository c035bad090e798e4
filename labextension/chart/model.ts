/** What the kernel sends: everything decided there, nothing but painted here. */

/** The part of an anywidget model that the chart uses. */
export interface IModel {
  get(name: 'run' | 'state' | 'notice' | 'announced' | 'note' | 'measure' | 'picture'): string;
  get(name: 'numbers'): [label: string, value: string][];
  get(name: 'verdict'): { kind: string; text: string };
  get(name: 'samples'): ISample[];
  get(name: 'traces'): ITrace[];
  get(name: 'axes'): Record<string, unknown>;
  get(name: 'panels'): IPanel[];
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
  send(content: IWish): void;
}

/** A plotly trace whose x and y are float32 buffers. */
export interface ITrace extends Record<string, unknown> {
  x: DataView;
  y: DataView;
}

/** What can be looked at in the losses' place. */
export interface IPanel {
  label: string;
  note: string;
  picture: string;
  traces: ITrace[];
  axes: Record<string, unknown>;
}

/** An answer of the half-trained model. */
export interface ISample {
  step: number;
  prompt: string;
  answer: string;
}

/** What the person asks of the running training. */
export interface IWish {
  op: 'stop' | 'sample';
  run: string;
  prompt?: string;
}

/** The numbers of a buffer, which may begin at an odd place. */
export function floats(view: DataView): Float32Array {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return new Float32Array(bytes.slice().buffer);
}
