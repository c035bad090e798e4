/** Answers the kernel's requests about one notebook, and tells it what happens there. */

import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { anchor, apply, runCell, runInView, runWithoutScrolling, views } from './cells';
import type { Comms, IHearer } from './comms';
import type { IDifference } from './fingerprint';
import { BRIDGE_TARGET, Conflict, METADATA_KEY, type Operation, type Request } from './types';
import { CellWatch } from './watch';
import { address, envelope } from './wire';

/** How long (in milliseconds) closing may take. */
const CLOSING = 1000;

/** The notebook as a document: the same for every view of it. */
export type NotebookContext = DocumentRegistry.IContext<INotebookModel>;

/** What a bridge needs from the rest of the extension. */
export interface IBridgeOptions {
  /** A view of the notebook that is on the page now. */
  panel: () => NotebookPanel | null;
  /** The kernel has ftkit loaded: a comm was taken up. */
  adopted: (kernel: Kernel.IKernelConnection) => void;
  /** The notebook was changed on the kernel's behalf. */
  changed: () => void;
  /** Its panel reaches the kernel no longer. */
  orphaned: () => void;
}

/** One bridge for one notebook document; it outlives kernel restarts, and re-attaches after a reload. */
export class Bridge implements IDisposable, IHearer {
  constructor(
    private readonly _context: NotebookContext,
    private readonly _comms: Comms,
    private readonly _options: IBridgeOptions
  ) {
    this._watch = new CellWatch(_context.model, found => {
      this._tellDifference(found);
    });
    const session = _context.sessionContext;
    session.kernelChanged.connect(this._attach, this);
    session.statusChanged.connect(this._onStatusChanged, this);
    this._attach();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the kernel has ftkit loaded. */
  get isUsed(): boolean {
    return this._comms.of(this._kernel).length > 0;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._detach();
    this._watch.dispose();
    Signal.clearData(this);
  }

  private _attach(): void {
    const kernel = this._context.sessionContext.session?.kernel ?? null;
    if (kernel === this._kernel) {
      return;
    }
    this._detach();
    this._kernel = kernel;
    if (kernel === null) {
      return;
    }
    this._comms.join(kernel, this);
    if (!kernel.handleComms) {
      return;
    }
    // The kernel opens its comm when the wizard is shown …
    kernel.registerCommTarget(BRIDGE_TARGET, this._onOpen);
    // … or has opened it before this page was loaded.
    this._takeUp(kernel).catch((reason: unknown) => {
      console.warn('ftkit: the kernel did not say which comms it has.', reason);
    });
  }

  private _detach(): void {
    const kernel = this._kernel;
    this._kernel = null;
    if (kernel === null) {
      return;
    }
    if (!kernel.handleComms) {
      this._comms.leave(kernel, this);
      return;
    }
    if (!kernel.isDisposed) {
      kernel.removeCommTarget(BRIDGE_TARGET, this._onOpen);
    }
    this._comms.abandon(kernel, this);
  }

  private async _takeUp(kernel: Kernel.IKernelConnection): Promise<void> {
    await kernel.info;
    const { content } = await kernel.requestCommInfo({ target_name: BRIDGE_TARGET });
    if (content.status !== 'ok' || kernel !== this._kernel) {
      return;
    }
    for (const id of Object.keys(content.comms)) {
      if (!kernel.hasComm(id)) {
        this._comms.add(kernel, kernel.createComm(BRIDGE_TARGET, id));
      }
    }
  }

  private readonly _onOpen = (comm: Kernel.IComm): void => {
    if (this._kernel !== null) {
      this._comms.add(this._kernel, comm);
    }
  };

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    const ends = status === 'restarting' || status === 'autorestarting' || status === 'dead';
    if (ends && this._kernel !== null) {
      this._comms.clear(this._kernel);
    }
  }

  /** Says so where this notebook and its kernel are still there in a moment: both may be closing, too. */
  orphan(): void {
    const kernel = this._kernel;
    window.setTimeout(() => {
      const stays = kernel !== null && kernel === this._kernel && !kernel.isDisposed;
      if (stays && !['dead', 'terminating', 'unknown'].includes(kernel.status)) {
        this._options.orphaned();
      }
    }, CLOSING);
  }

  /** Takes up a comm of the kernel. */
  take(comm: Kernel.IComm): void {
    if (this._kernel !== null) {
      this._hello(comm);
      this._options.adopted(this._kernel);
    }
  }

  /** Says which notebook this is, and which cells it holds: another one may share the kernel. */
  private _hello(comm: Kernel.IComm): void {
    const { model, path } = this._context;
    this._send(comm, {
      event: 'hello',
      path,
      state: (model.sharedModel.getMetadata(METADATA_KEY) as JSONValue | undefined) ?? null,
      cells: Array.from(model.cells, cell => cell.id)
    });
  }

  /** Takes a message of the kernel; it may be for another notebook. */
  hear(comm: Kernel.IComm, data: JSONObject): void {
    if (data['kind'] === 'who') {
      this._hello(comm);
      return;
    }
    const to = address(data);
    if (to === null || to.to !== this._kernel?.clientId) {
      return;
    }
    let reply: JSONObject;
    let after: (() => void) | null = null;
    try {
      const [found, then] = this._answer(comm, envelope(data).request);
      reply = { ok: true, error: '', data: found };
      after = then;
    } catch (reason) {
      reply = {
        ok: false,
        error: reason instanceof Error ? reason.message : String(reason),
        data: reason instanceof Conflict ? { code: 'conflict', cell: reason.cell } : {}
      };
    }
    this._send(comm, { event: 'reply', id: to.id, ...reply });
    // Cells run after the reply is on its way: the kernel is to read it before it is occupied.
    after?.();
  }

  private _answer(comm: Kernel.IComm, request: Request): [JSONObject, (() => void) | null] {
    const { model } = this._context;
    switch (request.op) {
      case 'snapshot': {
        const panel = this._options.panel();
        const found = {
          views: views(model) as unknown as JSONValue,
          anchor: panel === null ? null : anchor(panel.content, request.anchor),
          path: this._context.path
        };
        return [found, null];
      }
      case 'apply': {
        this._mayRun(request.run, request.operations);
        apply(model, request.operations);
        this._watch.look();
        this._options.changed();
        return [{}, this._running(comm, request.run, request.show)];
      }
      case 'run':
        this._mayRun(request.ids, []);
        return [{}, this._running(comm, request.ids, request.show)];
      case 'set_state':
        model.sharedModel.setMetadata(METADATA_KEY, request.state);
        this._options.changed();
        return [{}, null];
    }
  }

  /** Refuses before anything is changed: every cell to run has to be there by then. */
  private _mayRun(ids: readonly string[], operations: readonly Operation[]): void {
    if (ids.length === 0) {
      return;
    }
    if (this._options.panel() === null) {
      throw new Error('The notebook is not open any more.');
    }
    const known = new Set(Array.from(this._context.model.cells, cell => cell.id));
    for (const operation of operations) {
      known.add(operation.id);
    }
    for (const id of ids) {
      if (!known.has(id)) {
        throw new Conflict(`There is no cell ${id} in the notebook.`, id);
      }
    }
  }

  private _running(
    comm: Kernel.IComm,
    ids: readonly string[],
    show: string | null
  ): (() => void) | null {
    if (ids.length === 0) {
      return null;
    }
    return () => {
      this._run(comm, ids, show).catch((reason: unknown) => {
        const error = reason instanceof Error ? reason.message : String(reason);
        this._send(comm, { event: 'ran', id: ids[0] ?? '', ok: false, error });
      });
    };
  }

  /**
   * One after the other; what follows a failing cell does not run.
   *
   * The cell to show comes into view when it starts, once: from then on the view is the person's.
   */
  private async _run(
    comm: Kernel.IComm,
    ids: readonly string[],
    show: string | null
  ): Promise<void> {
    let runOther = runCell;
    for (const id of ids) {
      const panel = this._options.panel();
      if (panel === null) {
        this._send(comm, { event: 'ran', id, ok: false, error: 'The notebook was closed.' });
        return;
      }
      const run = id === show ? runInView : runOther;
      const ran = await run(panel.content, panel.sessionContext, id);
      this._send(comm, { event: 'ran', ...ran });
      if (!ran.ok) {
        return;
      }
      if (id === show) {
        runOther = runWithoutScrolling;
      }
    }
  }

  private _tellDifference({ changed, removed }: IDifference): void {
    for (const comm of this._comms.of(this._kernel)) {
      for (const { id, source, metadata } of changed) {
        this._send(comm, { event: 'changed', id, source, metadata });
      }
      for (const id of removed) {
        this._send(comm, { event: 'removed', id });
      }
    }
  }

  private _send(comm: Kernel.IComm, data: JSONObject): void {
    // The kernel may have gone while a cell ran; there is then nobody to tell.
    if (this._kernel !== null && this._comms.of(this._kernel).includes(comm)) {
      // Not the sender that the message itself names: that is the notebook whose comm it is.
      comm.send({ client: this._kernel.clientId, ...data });
    }
  }

  private readonly _watch: CellWatch;
  private _isDisposed = false;
  private _kernel: Kernel.IKernelConnection | null = null;
}
