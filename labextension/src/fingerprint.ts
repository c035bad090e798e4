/** Tells two looks at our cells apart. Pure. */

import { type ICellView, METADATA_KEY } from './types';

/** What differs between two looks at the notebook: the cells that are new or other, and the ids gone. */
export interface IDifference {
  changed: ICellView[];
  removed: string[];
}

/** Compares two looks at our own cells; `before` maps cell ids to fingerprints. */
export function difference(
  before: ReadonlyMap<string, string>,
  now: readonly ICellView[]
): IDifference {
  const present = new Set(now.map(view => view.id));
  return {
    changed: now.filter(view => before.get(view.id) !== fingerprint(view)),
    removed: [...before.keys()].filter(id => !present.has(id))
  };
}

/** Everything about a cell that ftkit would act on, as one text. */
export function fingerprint(view: ICellView): string {
  return JSON.stringify([view.source, view.metadata[METADATA_KEY] ?? null]);
}
