/** Everything ftkit does in one view of a notebook: the shutter and the chart's buttons. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { Arrival } from './arrival';
import { Attention, type IBusy } from './attention';
import { Shutter } from './busy';
import { explain, leftBehind } from './gone';
import { PictureKeys } from './picture-keys';
import { Process } from './process';
import { BRIDGE_TARGET, type IControl } from './types';
import { showOutput } from './show';
import { control, subshellOf, training } from './wire';

/** The event that the chart's buttons send up the page. */
const CONTROL_EVENT = 'ftkit-control';

/** How long (in milliseconds) a panel may take to come back with a kernel that is still alive. */
const COMING_BACK = 4000;

/** Watches one notebook panel and its kernel. */
export class PanelWatch implements IDisposable {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _send: (control: IControl) => void,
    private readonly _trans: TranslationBundle
  ) {
    this._shutter = new Shutter(_panel.node, _trans);
    this._keys = new PictureKeys(_panel.content);
    this._arrival = new Arrival(_panel.content);
    _panel.node.addEventListener(CONTROL_EVENT, this._onControl);
    const session = _panel.sessionContext;
    session.iopubMessage.connect(this._onMessage, this);
    session.statusChanged.connect(this._onStatusChanged, this);
    session.kernelChanged.connect(this._clear, this);
    _panel.disposed.connect(this.dispose, this);
    void _panel.context.ready.then(() => {
      this._lookSoon();
    });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._looking);
    this._panel.node.removeEventListener(CONTROL_EVENT, this._onControl);
    this._shutter.dispose();
    this._keys.dispose();
    this._arrival.dispose();
    Signal.clearData(this);
  }

  /** Whether the kernel is occupied, and with which run. */
  get state(): IBusy {
    return this._attention.now;
  }

  /** Emitted when `state` may have changed. */
  get stateChanged(): Signal<this, IBusy> {
    return this._stateChanged;
  }

  private readonly _onControl = (event: Event): void => {
    const found = control((event as CustomEvent<unknown>).detail);
    if (found !== null) {
      event.stopPropagation();
      // Tells the chart that somebody took it; else it says how to stop without us.
      event.preventDefault();
      this._send(found);
    }
  };

  /**
   * Reads training messages off the iopub channel rather than off the comm: after a reload in the
   * middle of a run the comm cannot be taken up before the cell ends, but its messages come by.
   */
  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    if (this._process.begins(message)) {
      this._clear();
    }
    switch (message.header.msg_type) {
      case 'status': {
        const { content, parent_header: parent } = message as KernelMessage.IStatusMsg;
        if ('msg_type' in parent) {
          const { msg_type: type, msg_id: id } = parent;
          this._attention.status(content.execution_state, type, id, subshellOf(message));
          this._show();
        }
        break;
      }
      case 'comm_msg': {
        const { data } = (message as KernelMessage.ICommMsgMsg<'iopub'>).content;
        // Other comms are none of our business; ours are told apart by this one key.
        if (data['target'] === BRIDGE_TARGET) {
          const found = training(data);
          if (found !== null) {
            this._attention.train(found);
            this._show();
          }
        }
        break;
      }
      default:
    }
  }

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    if (['restarting', 'autorestarting', 'dead', 'terminating', 'unknown'].includes(status)) {
      this._clear();
    }
  }

  private _clear(): void {
    this._attention.clear();
    this._show();
    this._lookSoon();
  }

  private _lookSoon(): void {
    window.clearTimeout(this._looking);
    this._looking = window.setTimeout(() => {
      this._look();
    }, COMING_BACK);
  }

  /** Where a panel did not come back, its cell says how to get it. */
  private _look(): void {
    if (this._isDisposed) {
      return;
    }
    for (const cell of this._panel.content.widgets) {
      if (cell.model.type === 'code') {
        const sentence = leftBehind((cell.model as ICodeCellModel).outputs);
        if (sentence !== null) {
          const { training } = this._attention.now;
          if (training === null) {
            explain(cell.node, sentence);
          } else {
            explain(cell.node, this._later(training.run), this._wayTo(training.cell));
          }
        }
      }
    }
  }

  /** The kernel could not run the panel's cell again now. */
  private _later(run: string): string {
    return this._trans.__('The ftkit panel comes back when the run %1 has ended.', run);
  }

  /** A button that goes to the cell that trains, which may be screens away. */
  private _wayTo(id: string | null): HTMLElement | null {
    const find = (): number =>
      this._panel.content.widgets.findIndex(cell => cell.model.id === (id ?? ''));
    if (find() < 0) {
      return null;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'jp-Button ftkit-way';
    button.textContent = this._trans.__('Show how it goes');
    button.addEventListener('click', () => {
      const index = find();
      const cell = this._panel.content.widgets[index];
      if (cell !== undefined) {
        showOutput(this._panel.content, cell);
      }
    });
    return button;
  }

  private _show(): void {
    const training = this._attention.now.training !== null;
    if (training !== this._trains) {
      this._trains = training;
      this._lookSoon();
    }
    this._shutter.show(this._attention.now);
    this._stateChanged.emit(this._attention.now);
  }

  private readonly _arrival: Arrival;
  private readonly _attention = new Attention();
  private readonly _shutter: Shutter;
  private readonly _keys: PictureKeys;
  private readonly _process = new Process();
  private readonly _stateChanged = new Signal<this, IBusy>(this);
  private _isDisposed = false;
  private _looking = 0;
  private _trains = false;
}
