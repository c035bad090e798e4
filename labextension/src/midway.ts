/** A page that was loaded while a cell trains or compares: brings back to the cell what would be lost. */

import type { ICodeCellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { NotebookContext } from './bridge';
import { Bar } from './bar';
import { LateOutputs, SO_FAR } from './late';
import { Process } from './process';
import { BRIDGE_TARGET, type IControl, type ITraining } from './types';
import { picture, subshellOf, training, working } from './wire';

/** Messages that are kept of a cell until it is known which one it is. */
const MOST_KEPT = 200;

/** Cells of which they are kept: the one that runs, and a few whose threads may still speak. */
const MOST_UNKNOWN = 4;

/** Milliseconds in which a request begins that waited behind another. */
const BEHIND = 1000;

/** What this needs from the rest of the extension. */
export interface IMidwayOptions {
  /** A view of the notebook that is on the page now. */
  panel: () => NotebookPanel | null;
  /** Tells a run something, and whether it could be told. */
  send: (control: IControl) => Promise<boolean>;
  /** The notebook was changed on the kernel's behalf. */
  changed: () => void;
}

/** The cell that trains since before this page was loaded. */
interface ITaken {
  readonly request: string;
  readonly cell: ICodeCellModel;
  readonly outputs: LateOutputs;
  readonly bar: Bar;
}

/**
 * Watches the kernel of one notebook document.
 *
 * JupyterLab gives outputs to the page that asked for them, and that page is gone. Here they go into the
 * cell all the same: the work in it says which one it is.
 */
export class Midway implements IDisposable {
  constructor(
    private readonly _context: NotebookContext,
    private readonly _options: IMidwayOptions,
    private readonly _trans: TranslationBundle
  ) {
    const session = _context.sessionContext;
    session.iopubMessage.connect(this._onMessage, this);
    session.kernelChanged.connect(this._clear, this);
    session.statusChanged.connect((_, status) => {
      if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
        this._clear();
      }
    }, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._clear();
    Signal.clearData(this);
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    if (this._process.begins(message)) {
      this._clear();
    }
    const parent = message.parent_header;
    if (!('msg_type' in parent) || parent.msg_type !== 'execute_request') {
      return;
    }
    if (parent.msg_id !== this._taken?.request && beginsAfterOthers(message)) {
      this._giveUp();
    }
    // What this page asked for JupyterLab puts into the cell, also where its beginning was lost on the way.
    if (parent.session === this._context.sessionContext.session?.kernel?.clientId) {
      return;
    }
    // A cell that is moved becomes another one with the same id: the next word of the training finds that.
    if (this._taken?.cell.isDisposed === true) {
      this._release();
    }
    const request = parent.msg_id;
    if (message.header.msg_type === 'status') {
      const { execution_state: state } = (message as KernelMessage.IStatusMsg).content;
      this._hearStatus(request, parent.session, state);
    } else if (request === this._taken?.request) {
      this._hear(this._taken, message);
    } else if (!this._known.has(request)) {
      this._hearUnknown(request, message);
    }
  }

  private _hearStatus(request: string, asker: string, state: string): void {
    if (state === 'busy') {
      const waited = asker === this._ended.asker && Date.now() - this._ended.at < BEHIND;
      if (!waited) {
        this._known.add(request);
      }
    } else if (state === 'idle') {
      if (!this._known.has(request)) {
        this._ended = { asker, at: Date.now() };
        this._unknown.delete(request);
      }
      // A thread that the cell left behind may still speak in its name.
      this._known.add(request);
      if (request === this._taken?.request) {
        this._release();
      }
    }
  }

  /** Nobody knows yet which cell it is: the first word of its work says so. */
  private _hearUnknown(request: string, message: KernelMessage.IMessage): void {
    const messages = this._unknown.get(request) ?? [];
    messages.push(message);
    if (messages.length > MOST_KEPT) {
      messages.shift();
    }
    // The one that spoke last stands last.
    this._unknown.delete(request);
    this._unknown.set(request, messages);
    if (this._unknown.size > MOST_UNKNOWN) {
      this._unknown.delete([...this._unknown.keys()][0] ?? '');
    }
    const cell = cellOf(message);
    if (cell !== null) {
      this._take(request, cell);
    }
  }

  private _take(request: string, id: string): void {
    const panel = this._options.panel();
    const widget = panel?.content.widgets.find(one => one.model.id === id);
    if (widget?.model.type !== 'code') {
      return;
    }
    this._giveUp();
    const cell = widget.model as ICodeCellModel;
    // A number is that of the time before: while a cell runs, it has none.
    const outputs = new LateOutputs(cell.outputs, cell.executionCount === null);
    cell.executionCount = null;
    cell.executionState = 'running';
    const bar = new Bar(this._trans, widget, run => this._options.send({ op: 'stop', run }));
    this._taken = { request, cell, outputs, bar };
    for (const message of this._unknown.get(request) ?? []) {
      this._hear(this._taken, message);
    }
    this._unknown.delete(request);
  }

  private _hear({ cell, outputs, bar }: ITaken, message: KernelMessage.IMessage): void {
    const type = message.header.msg_type;
    if (type !== 'comm_msg') {
      outputs.hear(type, message.content as JSONObject);
      return;
    }
    const run = trainingOf(message);
    if (run !== null) {
      if (run.cell !== cell.id) {
        // A thread that an earlier cell left behind speaks in the name of this one.
        return;
      }
      if (run.active && !outputs.hasChart && !bar.isShown) {
        bar.show();
        void this._options.send({ op: 'show', run: run.run });
      }
      bar.tell(run);
      return;
    }
    const found = pictureOf(message);
    if (found !== null) {
      bar.holdPlace();
      outputs.show(found.displayId, found.bundle, SO_FAR);
      bar.say(found.says, found.announced);
    }
  }

  private _clear(): void {
    this._known.clear();
    this._ended = { asker: '', at: 0 };
    this._unknown.clear();
    this._release();
  }

  /** Another request runs: the end of the one before was lost with the connection. */
  private _giveUp(): void {
    if (this._taken !== null) {
      this._known.add(this._taken.request);
      this._release();
    }
  }

  private _release(): void {
    if (this._taken !== null) {
      const { cell, bar } = this._taken;
      this._taken = null;
      bar.remove();
      if (!cell.isDisposed) {
        cell.executionState = 'idle';
        this._options.changed();
      }
    }
  }

  private _ended = { asker: '', at: 0 };
  private _isDisposed = false;
  /** Requests of which this page has seen the beginning, or the end. */
  private readonly _known = new Set<string>();
  private readonly _process = new Process();
  private _taken: ITaken | null = null;
  /** What came of requests to execute of which this page has not seen the beginning, or that waited behind one. */
  private readonly _unknown = new Map<string, KernelMessage.IMessage[]>();
}

/** Whether a request begins that the kernel does not carry out beside others. */
function beginsAfterOthers(message: KernelMessage.IMessage): boolean {
  const isBusy =
    message.header.msg_type === 'status' &&
    (message as KernelMessage.IStatusMsg).content.execution_state === 'busy';
  return isBusy && subshellOf(message) === null;
}

function ours(message: KernelMessage.IMessage): JSONObject | null {
  if (message.header.msg_type !== 'comm_msg') {
    return null;
  }
  const { data } = (message as KernelMessage.ICommMsgMsg<'iopub'>).content;
  return data['target'] === BRIDGE_TARGET ? data : null;
}

/** The cell whose long work speaks here. */
function cellOf(message: KernelMessage.IMessage): string | null {
  const data = ours(message);
  if (data === null) {
    return null;
  }
  const run = training(data);
  return run?.active === true ? run.cell : working(data);
}

function trainingOf(message: KernelMessage.IMessage): ITraining | null {
  const data = ours(message);
  return data === null ? null : training(data);
}

function pictureOf(message: KernelMessage.IMessage): ReturnType<typeof picture> {
  const data = ours(message);
  return data === null ? null : picture(data);
}
