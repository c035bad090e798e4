/** What travels between the kernel (`ftkit/notebook/line.py`) and this extension. */

import type { JSONObject } from '@lumino/coreutils';

/** The comm that the kernel opens: cells, state, runs. */
export const BRIDGE_TARGET = 'ftkit';

/** The comm that the front end opens and the kernel only listens to: stop, sample, abort. */
export const CONTROL_TARGET = 'ftkit-control';

/** The key of everything that ftkit keeps in notebook and cell metadata. */
export const METADATA_KEY = 'ftkit';

/** A cell as the kernel sees it. */
export interface ICellView {
  id: string;
  type: string;
  source: string;
  metadata: JSONObject;
}

/** Puts a new code cell after the cell `after`. */
export interface IInsert {
  op: 'insert';
  id: string;
  after: string;
  source: string;
  metadata: JSONObject;
}

/** Gives the code cell `id` a new source and new metadata, if its present source is still `expected`. */
export interface IReplace {
  op: 'replace';
  id: string;
  expected: string;
  source: string;
  metadata: JSONObject;
}

export type Operation = IInsert | IReplace;

/** What a request may ask for; every one gets exactly one reply. */
export type Request =
  | { op: 'snapshot'; anchor: string | null }
  | { op: 'apply'; operations: Operation[]; run: string[]; show: string | null }
  | { op: 'run'; ids: string[]; show: string | null }
  | { op: 'set_state'; state: JSONObject };

/** Whom a request is for, and under which id the reply goes back. */
export interface IEnvelope {
  id: string;
  to: string;
  request: Request;
}

/** Training goes on or has ended; the wizard of this notebook is shut meanwhile. */
export interface ITraining {
  run: string;
  /** Id of the cell that trains, where it is known. */
  cell: string | null;
  active: boolean;
  eta: number | null;
  text: string;
}

/** How a run stands, for a page that was loaded in the middle of it. */
export interface IPicture {
  displayId: string;
  bundle: JSONObject;
  says: string;
  /** What is read aloud of it; it changes with the verdict, not with a number in its sentence. */
  announced: string;
}

/** Something to tell a run that is training. */
export interface IControl {
  op: 'stop' | 'sample' | 'abort' | 'show';
  run: string;
  prompt?: string;
}

/** A request that cannot be met as things are: nothing was changed. */
export class Conflict extends Error {
  constructor(
    message: string,
    /** The cell that stands in the way. */
    readonly cell: string
  ) {
    super(message);
    this.name = 'Conflict';
  }
}
