/** What is in a new notebook, and what it is called. Pure. */

import type { KernelSpec } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

/** The one cell of the new notebook. */
export const WIZARD_CELL = 'import ftkit\n\nftkit.wizard()';

const NAME = 'fine-tune';
/** The first of `fine-tune.ipynb`, `fine-tune-2.ipynb`, … that is free. */
export function freeName(taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? `${NAME}.ipynb` : `${NAME}-${count}.ipynb`;
    if (!taken.has(name)) {
      return name;
    }
  }
}

/** The kernel of the new notebook: the default one if it speaks Python, else the first that does. */
export function pythonSpec(specs: KernelSpec.ISpecModels | null): KernelSpec.ISpecModel | null {
  const all = Object.values(specs?.kernelspecs ?? {}).filter(spec => spec !== undefined);
  const standard = all.find(spec => spec.name === specs?.default);
  return [standard, ...all].find(spec => spec?.language === 'python') ?? null;
}

/** The whole notebook: naming the kernel here keeps JupyterLab from asking for one. */
export function notebookWith(
  source: string,
  spec: KernelSpec.ISpecModel | null,
  cell: string
): JSONObject {
  const kernelspec = spec && {
    name: spec.name,
    display_name: spec.display_name,
    language: spec.language
  };
  return {
    cells: [
      {
        id: cell,
        cell_type: 'code',
        execution_count: null,
        metadata: {},
        outputs: [],
        source
      }
    ],
    metadata: kernelspec ? { kernelspec } : {},
    nbformat: 4,
    nbformat_minor: 5
  };
}
