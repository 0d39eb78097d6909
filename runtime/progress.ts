/** Whatever takes longer than this says how far it is, and again at this interval. */
export const PROGRESS_MS = 2000;
