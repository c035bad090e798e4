/** Tells one process of a kernel from the next one. Pure. */

import type { KernelMessage } from '@jupyterlab/services';

/** Where another page or notebook restarts a kernel that it shares with this one, nothing but this tells so. */
export class Process {
  /** Whether a message is the first one of another process than before. */
  begins({ header }: KernelMessage.IMessage): boolean {
    // The server itself writes into a cell that prints too much, and not under the kernel's name.
    if (header.msg_type === 'stream') {
      return false;
    }
    const before = this._session;
    this._session = header.session;
    return before !== null && before !== header.session;
  }

  private _session: string | null = null;
}
