/** Gives every open notebook its bridge, its control and its watch, and takes them away again. */

import { Notification } from '@jupyterlab/apputils';
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookModel, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents, Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableSet, type IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { Bridge, type NotebookContext } from './bridge';
import { Comms } from './comms';
import { Control } from './control';
import { leftBehind } from './gone';
import { LongCells } from './long-cells';
import { Midway } from './midway';
import { PanelWatch } from './panel';
import type { IControl } from './types';

/** The pause (in milliseconds) after which the kernel's edits are saved. */
const SAVE_PAUSE = 1500;

/** Whether a cell shows a panel of ftkit. */
function holdsPanel(model: INotebookModel): boolean {
  return Array.from(model.cells).some(
    cell => cell.type === 'code' && leftBehind((cell as ICodeCellModel).outputs) !== null
  );
}

/** What belongs to one notebook document, however many views show it. */
class Document implements IDisposable {
  constructor(
    readonly context: NotebookContext,
    tracker: INotebookTracker,
    contents: Contents.IManager,
    comms: Comms,
    private readonly _documents: IDocumentManager | null,
    private readonly _trans: TranslationBundle
  ) {
    this._control = new Control(contents, () => context.path);
    const panel = (): NotebookPanel | null => {
      const views = tracker.filter(one => one.context === context);
      return views.find(one => one === tracker.currentWidget) ?? views[0] ?? null;
    };
    const changed = (): void => {
      this._saveSoon();
    };
    const adopted = (kernel: Kernel.IKernelConnection): void => {
      this._openControl(kernel);
    };
    const send = (control: IControl): Promise<boolean> => this.send(control);
    const orphaned = (): void => {
      if (holdsPanel(context.model)) {
        this._sayToReload();
      }
    };
    this._bridge = new Bridge(context, comms, { panel, adopted, changed, orphaned });
    this._midway = new Midway(context, { panel, send, changed }, _trans);
    this._longCells = new LongCells(context.sessionContext, () => {
      if (this._bridge.isUsed) {
        this._saveSoon();
      }
    });
    context.sessionContext.statusChanged.connect(this._onStatusChanged, this);
    context.disposed.connect(this.dispose, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._saving);
    this._bridge.dispose();
    this._midway.dispose();
    this._longCells.dispose();
    this._control.dispose();
    Signal.clearData(this);
  }

  /** Tells a run something; where it cannot be reached, the person is told how else. Says whether it was. */
  async send(control: IControl): Promise<boolean> {
    try {
      await this._control.send(control);
      return true;
    } catch (reason: unknown) {
      const text = reason instanceof Error ? reason.message : String(reason);
      if (control.op === 'show') {
        // Nobody pressed anything: there is no picture then, and the bar is enough.
        console.warn(`ftkit: no picture of ${control.run} could be asked for (${text}).`);
      } else {
        Notification.error(
          this._trans.__(
            'The run %1 could not be reached (%2). The interrupt button of the notebook also stops it after this step.',
            control.run,
            text
          )
        );
      }
      return false;
    }
  }

  /** Only a page that is loaded anew takes a panel up again that spoke through a notebook which is closed. */
  private _sayToReload(): void {
    const text = this._trans.__(
      'The panel in %1 lost its way to the kernel with the notebook that was closed. Reload the page: nothing is lost.',
      this.context.path
    );
    const callback = (): void => {
      window.location.reload();
    };
    const actions = [{ label: this._trans.__('Reload the page'), callback }];
    Notification.warning(text, { autoClose: false, actions });
  }

  private _openControl(kernel: Kernel.IKernelConnection): void {
    this._control.attach(kernel).catch((reason: unknown) => {
      console.warn('ftkit: the control comm could not be opened; control.json is used.', reason);
    });
  }

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._control.detach();
    }
  }

  /**
   * What the wizard chose must outlive a page reload, so it is saved soon after the click, and only
   * where JupyterLab would have saved by itself a little later.
   */
  private _saveSoon(): void {
    window.clearTimeout(this._saving);
    this._saving = window.setTimeout(() => {
      const { context } = this;
      const mayWrite = context.contentsModel?.writable === true && !context.model.readOnly;
      if (this._documents?.autosave === true && mayWrite && context.model.dirty) {
        context.save().catch((reason: unknown) => {
          console.warn('ftkit: the notebook could not be saved.', reason);
        });
      }
    }, SAVE_PAUSE);
  }

  private readonly _bridge: Bridge;
  private readonly _control: Control;
  private readonly _longCells: LongCells;
  private readonly _midway: Midway;
  private _isDisposed = false;
  private _saving = 0;
}

/** All open notebooks. */
export class Notebooks implements IDisposable {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _contents: Contents.IManager,
    private readonly _documents: IDocumentManager | null,
    private readonly _trans: TranslationBundle
  ) {
    _tracker.forEach(panel => {
      this._add(panel);
    });
    _tracker.widgetAdded.connect((_, panel) => {
      this._add(panel);
    }, this);
  }

  get isDisposed(): boolean {
    return this._owned.isDisposed;
  }

  dispose(): void {
    this._owned.dispose();
    Signal.clearData(this);
  }

  /** The run that trains in the notebook in front, if one does. */
  get training(): string | null {
    const panel = this._tracker.currentWidget;
    return panel === null ? null : (this._watches.get(panel)?.state.training?.run ?? null);
  }

  /** Emitted when a run begins or ends, or another notebook comes to the front. */
  get changed(): Signal<this, void> {
    return this._changed;
  }

  /** Tells the run that trains in the notebook in front to finish its step, save and stop. */
  stop(): void {
    const panel = this._tracker.currentWidget;
    const run = this.training;
    if (panel !== null && run !== null) {
      this._send(panel, { op: 'stop', run });
    }
  }

  private _add(panel: NotebookPanel): void {
    panel.context.ready.then(
      () => {
        this._adopt(panel);
      },
      (reason: unknown) => {
        console.warn('ftkit: a notebook could not be read.', reason);
      }
    );
  }

  private _adopt(panel: NotebookPanel): void {
    if (panel.isDisposed || this._owned.isDisposed || this._watches.has(panel)) {
      return;
    }
    const { context } = panel;
    if (!this._byContext.has(context)) {
      const document = new Document(
        context,
        this._tracker,
        this._contents,
        this._comms,
        this._documents,
        this._trans
      );
      this._byContext.set(context, document);
      this._own(document, context.disposed);
    }
    const watch = new PanelWatch(
      panel,
      control => {
        this._send(panel, control);
      },
      this._trans
    );
    watch.stateChanged.connect(() => {
      this._changed.emit();
    }, this);
    this._watches.set(panel, watch);
    this._own(watch, panel.disposed);
  }

  private _own(
    item: IDisposable,
    until: NotebookPanel['disposed'] | NotebookContext['disposed']
  ): void {
    this._owned.add(item);
    (until as NotebookPanel['disposed']).connect(() => {
      this._owned.remove(item);
    }, this);
  }

  private _send(panel: NotebookPanel, control: IControl): void {
    void this._byContext.get(panel.context)?.send(control);
  }

  private readonly _byContext = new WeakMap<NotebookContext, Document>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _comms = new Comms();
  private readonly _owned = new DisposableSet();
  private readonly _watches = new WeakMap<NotebookPanel, PanelWatch>();
}
