/** What the bundle takes in beside TypeScript. */

declare module '*.css' {
  const text: string;
  export default text;
}

declare module 'plotly.js-basic-dist-min' {
  type Props = Record<string, unknown>;
  interface IPlotly {
    react(node: HTMLElement, data: Props[], layout: Props, config?: Props): Promise<unknown>;
    purge(node: HTMLElement): void;
    Plots: { resize(node: HTMLElement): Promise<unknown> };
  }
  const plotly: IPlotly;
  export default plotly;
}
