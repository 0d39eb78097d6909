/** What became of a mutant, as its process writes it: one line of JSON. */
export type Outcome =
  | { readonly type: 'survived'; readonly lives: number }
  | {
      readonly type: 'failed';
      readonly seed: number;
      /** Whose promise was broken; `undefined` where the life came to an end for another reason. */
      readonly checker: string | undefined;
      readonly message: string;
      /** Of the life that failed, until then. */
      readonly virtualMs: number;
    };

export function isOutcome(value: unknown): value is Outcome {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    (value.type === 'survived' || value.type === 'failed')
  );
}
