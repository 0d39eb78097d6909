/** Everything that a row may measure. A ratio of a figure is Vivarium's divided by the peer's. */
export const FIGURES = {
  perSecond: { title: 'throughput', unit: '/s' },
  p50Ms: { title: 'p50', unit: ' ms' },
  p99Ms: { title: 'p99', unit: ' ms' },
  p999Ms: { title: 'p99.9', unit: ' ms' },
  silenceMs: { title: 'longest silence', unit: ' ms' },
  cpuPer1000: { title: 'CPU per 1,000', unit: ' s' },
  residentMb: { title: 'resident memory', unit: ' MB' },
  generatorShare: { title: "generator's part of a processor", unit: '' },
  p999OverP50: { title: 'p99.9 / p50', unit: '' },
  flushesPerWrite: { title: 'flushes per write', unit: '' },
  lastTenthShare: { title: 'speed of the last tenth / the first', unit: '' },
  worstSecondShare: { title: 'worst second / the mean', unit: '' },
  firstWriteMs: { title: 'kill to first write', unit: ' ms' },
  emptyFirstWriteMs: { title: 'the same, empty tree', unit: ' ms' },
  overEmpty: { title: 'full / empty tree', unit: '' },
  gapMs: { title: 'median time without a write', unit: ' ms' },
  worstGapMs: { title: 'worst time without a write', unit: ' ms' },
  toldMs: { title: 'set to last event, median', unit: ' ms' },
  worstToldMs: { title: 'set to last event, worst', unit: ' ms' },
  shareOfVoters: { title: 'with observers / voters alone', unit: '' },
  leaderBytesPerWrite: { title: 'bytes the leader sends to members, per write', unit: '' },
  leaderBytesAlone: { title: 'the same without observers', unit: '' },
  busBytesPerWrite: { title: 'bytes the bus sends, per write', unit: '' },
} as const satisfies Record<string, { title: string; unit: string }>;

export type FigureName = keyof typeof FIGURES;

export type Figures = Readonly<Partial<Record<FigureName, number>>>;

/** In the order in which they are printed. */
export const FIGURE_NAMES = Object.keys(FIGURES).filter(isFigureName);

function isFigureName(name: string): name is FigureName {
  return name in FIGURES;
}
