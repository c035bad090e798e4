/** How a figure is drawn: what the person switched on or off. Numbers in, numbers out; nothing is painted here. */

/** The switches. */
export interface IOptions {
  smooth: boolean;
  log: boolean;
  chance: boolean;
  slice: boolean;
  rate: boolean;
}

type Props = Record<string, unknown>;

/** A curve with its numbers; `meta` says what kind of curve it is. */
export interface ICurve extends Props {
  x: Float32Array;
  y: Float32Array;
}

export interface IDrawn {
  data: ICurve[];
  layout: Props;
}

/** Which switch hides a kind of curve. */
const HIDES: Record<string, keyof IOptions> = { band: 'chance', slice: 'slice', rate: 'rate' };

/** The width of an average is this share of the curve, as it is for the verdict. */
const SHARE = 12;

/** Applies the switches to a figure. */
export function drawn(curves: ICurve[], axes: Props, options: IOptions): IDrawn {
  const shown = curves.filter(curve => {
    const hides = HIDES[String(curve['meta'])];
    return hides === undefined || options[hides];
  });
  const data = options.smooth ? shown.flatMap(withAverage) : shown;
  let layout = axes;
  if (!options.rate && 'yaxis2' in axes) {
    layout = withoutRate(layout);
  }
  return { data, layout: options.log && canBeLog(curves) ? withLog(layout) : layout };
}

/** Which switches make a difference to a figure. */
export function useful(curves: ICurve[]): (keyof IOptions)[] {
  const kinds = new Set(curves.map(curve => String(curve['meta'])));
  const found: (keyof IOptions)[] = [];
  if (curves.some(curve => isTraining(curve) && curve.y.length > 2)) {
    found.push('smooth');
  }
  if (canBeLog(curves)) {
    found.push('log');
  }
  return found.concat(
    Object.entries(HIDES)
      .filter(([kind]) => kinds.has(kind))
      .map(([, option]) => option)
  );
}

/** The mean of a value and its neighbours, a twelfth of the curve in all; fewer towards the ends. Gaps stay gaps. */
export function average(values: Float32Array): Float32Array {
  const half = Math.max(1, Math.floor(values.length / SHARE / 2));
  return values.map((value, at) => {
    const reach = Math.min(half, at, values.length - 1 - at);
    const near = values.subarray(at - reach, at + reach + 1).filter(Number.isFinite);
    return Number.isFinite(value) ? near.reduce((sum, one) => sum + one, 0) / near.length : NaN;
  });
}

function isTraining(curve: ICurve): boolean {
  return curve['meta'] === 'train';
}

/** A training curve grown faint, and its average over it. */
function withAverage(curve: ICurve): ICurve[] {
  if (!isTraining(curve) || curve.y.length < 3) {
    return [curve];
  }
  const name = `${String(curve['name'])}, smoothed`;
  const smooth = {
    ...curve,
    y: average(curve.y),
    name,
    hovertemplate: `${name} %{y:.3f}<extra></extra>`,
    line: { ...(curve['line'] as Props), width: 2.5 }
  };
  return [{ ...curve, opacity: 0.3 }, smooth];
}

/** A logarithmic axis has no place for zero and below. The learning rate has an axis of its own. */
function canBeLog(curves: ICurve[]): boolean {
  const values = curves.filter(curve => curve['yaxis'] !== 'y2').map(curve => curve.y);
  const some = values.some(y => y.some(value => value > 0));
  return some && values.every(y => y.every(value => !(value <= 0)));
}

function withLog(axes: Props): Props {
  // plotly takes a label's place on a logarithmic axis as the logarithm, that of a line as the value.
  const labels = (axes['annotations'] as Props[] | undefined) ?? [];
  const annotations = labels.map(label =>
    label['yref'] === 'paper' ? label : { ...label, y: Math.log10(label['y'] as number) }
  );
  return { ...axes, yaxis: { ...(axes['yaxis'] as Props), type: 'log' }, annotations };
}

function withoutRate(axes: Props): Props {
  // plotly draws nothing at all where an axis is there but undefined.
  const others = Object.entries(axes).filter(([name]) => name !== 'yaxis2');
  const xaxis = { ...(axes['xaxis'] as Props), anchor: 'y' };
  const yaxis = { ...(axes['yaxis'] as Props), domain: [0, 1] };
  return { ...Object.fromEntries(others), xaxis, yaxis };
}
