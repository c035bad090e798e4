/** The plugins of ftkit. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';
import fineTuneSvg from '../style/fine-tune.svg';
import { createNotebook, runNewNotebooks } from './launcher';
import { Notebooks } from './notebooks';

/** The commands, for menus, palette and shortcuts. */
export const CommandIDs = {
  new: 'ftkit:new',
  stop: 'ftkit:stop'
} as const;

const icon = new LabIcon({ name: 'ftkit:fine-tune', svgstr: fineTuneSvg });

/** Writes, runs and watches cells for the kernel; shuts the wizard while a cell runs; the Stop command. */
const bridge: JupyterFrontEndPlugin<void> = {
  id: 'ftkit-labextension:bridge',
  description: 'Writes, runs and watches the cells of a fine-tuning notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator, IDocumentManager, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    documents: IDocumentManager | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('ftkit');
    const notebooks = new Notebooks(tracker, app.serviceManager.contents, documents, trans);
    app.commands.addCommand(CommandIDs.stop, {
      label: trans.__('Stop Training After This Step'),
      caption: trans.__('Finish the step, save and keep the result'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => notebooks.training !== null,
      execute: () => {
        notebooks.stop();
      }
    });
    const changed = (): void => {
      app.commands.notifyCommandChanged(CommandIDs.stop);
    };
    notebooks.changed.connect(changed);
    tracker.currentChanged.connect(changed);
    palette?.addItem({ command: CommandIDs.stop, category: trans.__('Fine-tuning') });
  }
};

/** The launcher card and the palette command that open a new notebook with the wizard. */
const commands: JupyterFrontEndPlugin<void> = {
  id: 'ftkit-labextension:commands',
  description: 'Opens a new notebook with the fine-tuning wizard in it.',
  autoStart: true,
  requires: [INotebookTracker, IDocumentManager],
  optional: [ITranslator, ILauncher, ICommandPalette, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    documents: IDocumentManager,
    translator: ITranslator | null,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('ftkit');
    const { contents, kernelspecs } = app.serviceManager;
    runNewNotebooks(tracker);
    app.commands.addCommand(CommandIDs.new, {
      label: trans.__('Fine-tune a model'),
      caption: trans.__('Open a new notebook with the fine-tuning wizard'),
      icon: args => (args['isPalette'] === true ? undefined : icon),
      describedBy: {
        args: {
          type: 'object',
          properties: { cwd: { type: 'string', description: 'The folder of the new notebook' } }
        }
      },
      execute: async args => {
        const cwd = args['cwd'];
        const folder = typeof cwd === 'string' ? cwd : (browser?.model.path ?? '');
        try {
          await kernelspecs.ready;
          await createNotebook(folder, contents, documents, kernelspecs.specs);
        } catch (reason) {
          await showErrorMessage(trans.__('The notebook could not be made'), reason as Error);
        }
      }
    });
    launcher?.add({
      command: CommandIDs.new,
      category: trans.__('Notebook'),
      rank: 10,
      // In this category the launcher shows a picture by its address, and no LabIcon.
      kernelIconUrl: `data:image/svg+xml,${encodeURIComponent(fineTuneSvg)}`
    });
    palette?.addItem({
      command: CommandIDs.new,
      category: trans.__('Fine-tuning'),
      args: { isPalette: true }
    });
  }
};

export default [bridge, commands];
