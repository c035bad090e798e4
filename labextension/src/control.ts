/** Tells a run that is training: stop, give a sample, abort. */

import type { Contents, Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { PathExt } from '@jupyterlab/coreutils';
import { Process } from './process';
import { CONTROL_TARGET, type IControl } from './types';

/**
 * The way to a kernel that is busy with a cell.
 *
 * A comm that the front end opened and on which the kernel never sends is heard on a subshell at once.
 * Where there are no subshells (ipykernel 6), or the page was reloaded while the cell runs, the run
 * folder's `control.json` is written instead: the run looks at it after each step.
 */
export class Control implements IDisposable {
  constructor(
    private readonly _contents: Contents.IManager,
    private readonly _path: () => string
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.detach();
  }

  /** Opens the comm, once for a kernel. */
  async attach(kernel: Kernel.IKernelConnection): Promise<void> {
    if (this._kernel === kernel) {
      return;
    }
    this.detach();
    this._kernel = kernel;
    this._process = new Process();
    kernel.iopubMessage.connect(this._onMessage, this);
    await kernel.info;
    // Without subshells `subshellStarted` never settles, and the comm would be heard too late anyway.
    if (!kernel.supportsSubshells || !kernel.handleComms || this._kernel !== kernel) {
      return;
    }
    const comm = kernel.createComm(CONTROL_TARGET) as Kernel.IComm & {
      subshellStarted?: Promise<void>;
    };
    await comm.subshellStarted;
    if (this._kernel !== kernel || comm.isDisposed) {
      return;
    }
    comm.onClose = (): void => {
      this._comm = null;
    };
    comm.open();
    this._comm = comm;
  }

  /** Forgets the kernel: it is gone, or was restarted. */
  detach(): void {
    this._kernel?.iopubMessage.disconnect(this._onMessage, this);
    this._comm = null;
    this._kernel = null;
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    if (this._process.begins(message)) {
      this.detach();
    }
  }

  /** Sends, whichever way is open. Rejects where none is. */
  async send(control: IControl): Promise<void> {
    if (this._comm !== null && !this._comm.isDisposed) {
      this._comm.send({ ...control });
      return;
    }
    await this._contents.save(controlFile(this._path(), control), {
      type: 'file',
      format: 'text',
      content: JSON.stringify(control)
    });
  }

  private _comm: Kernel.IComm | null = null;
  private _isDisposed = false;
  private _kernel: Kernel.IKernelConnection | null = null;
  private _process = new Process();
}

/**
 * Where the run looks: beside the notebook, as the kernel's working directory is there.
 *
 * What a page asks for by itself goes into another file: it takes no stop away that was not read yet.
 */
export function controlFile(notebookPath: string, { op, run }: IControl): string {
  const folder = PathExt.dirname(notebookPath);
  const isName = !/[\\/]/.test(run);
  const name = op === 'show' ? 'show.json' : 'control.json';
  return PathExt.join(folder, ...(isName ? ['ftkit-runs', run] : [run]), name);
}
