/** The bridge's comms, for every notebook of this page. */

import type { Kernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

/** Who wants to hear what a kernel says: one of its notebooks. */
export interface IHearer {
  /** A comm was opened, or was open before. */
  take(comm: Kernel.IComm): void;
  hear(comm: Kernel.IComm, data: JSONObject): void;
  /** The notebook that the comms belonged to is gone; JupyterLab gives them to nobody else. */
  orphan(): void;
}

interface ILine {
  readonly comms: Map<string, Kernel.IComm>;
  readonly hearers: Set<IHearer>;
}

/**
 * Of several notebooks on one kernel JupyterLab lets the first alone have comms; here the others hear
 * and speak on them, too.
 */
export class Comms {
  /** From now on this notebook hears its kernel. */
  join(kernel: Kernel.IKernelConnection, hearer: IHearer): void {
    const { comms, hearers } = this._line(kernel);
    hearers.add(hearer);
    for (const comm of comms.values()) {
      hearer.take(comm);
    }
  }

  leave(kernel: Kernel.IKernelConnection, hearer: IHearer): void {
    const { comms, hearers } = this._line(kernel);
    hearers.delete(hearer);
    for (const [id, comm] of comms) {
      if (comm.isDisposed) {
        comms.delete(id);
      }
    }
    if (hearers.size === 0) {
      this._lines.delete(kernel.id);
    }
  }

  /** The notebook leaves that they belonged to: nobody of those that stay can speak to the kernel any more. */
  abandon(kernel: Kernel.IKernelConnection, owner: IHearer): void {
    const { comms, hearers } = this._line(kernel);
    const used = comms.size > 0;
    comms.clear();
    this.leave(kernel, owner);
    for (const hearer of used ? [...hearers] : []) {
      hearer.orphan();
    }
  }

  /** A comm that the kernel opened. */
  add(kernel: Kernel.IKernelConnection, comm: Kernel.IComm): void {
    const { comms, hearers } = this._line(kernel);
    comms.set(comm.commId, comm);
    comm.onMsg = ({ content }): void => {
      for (const hearer of [...hearers]) {
        hearer.hear(comm, content.data);
      }
    };
    comm.onClose = (): void => {
      comms.delete(comm.commId);
    };
    for (const hearer of [...hearers]) {
      hearer.take(comm);
    }
  }

  /** Those that are open. */
  of(kernel: Kernel.IKernelConnection | null): Kernel.IComm[] {
    const line = kernel === null ? undefined : this._lines.get(kernel.id);
    return [...(line?.comms.values() ?? [])].filter(comm => !comm.isDisposed);
  }

  /** The process that had them is gone. */
  clear(kernel: Kernel.IKernelConnection): void {
    this._lines.get(kernel.id)?.comms.clear();
  }

  private _line(kernel: Kernel.IKernelConnection): ILine {
    const line = this._lines.get(kernel.id) ?? { comms: new Map(), hearers: new Set() };
    this._lines.set(kernel.id, line);
    return line;
  }

  private readonly _lines = new Map<string, ILine>();
}
