/** Notices the end of cells that took long: what they show would be lost with the page. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/** From so many milliseconds on nobody wants to wait once more. */
const LONG = 10_000;

/** Watches the kernel of one notebook document. */
export class LongCells implements IDisposable {
  constructor(
    session: ISessionContext,
    private readonly _ended: () => void
  ) {
    session.iopubMessage.connect(this._onMessage, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const { parent_header: parent } = message;
    if (message.header.msg_type !== 'status' || !('msg_type' in parent)) {
      return;
    }
    if (parent.msg_type !== 'execute_request') {
      return;
    }
    const { execution_state: state } = (message as KernelMessage.IStatusMsg).content;
    if (state === 'busy') {
      this._since = { request: parent.msg_id, at: Date.now() };
    } else if (state === 'idle' && parent.msg_id === this._since.request) {
      if (Date.now() - this._since.at >= LONG) {
        this._ended();
      }
    }
  }

  private _isDisposed = false;
  private _since = { request: '', at: 0 };
}
