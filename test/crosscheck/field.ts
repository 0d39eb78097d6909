/**
 * One value of an answer under its name. `plain` has to be the same on both servers; of a zxid only its rank among
 * those seen can be, of a time only whether it is that of its txn.
 */
export type Field =
  | { readonly kind: 'plain'; readonly name: string; readonly text: string }
  | { readonly kind: 'zxid'; readonly name: string; readonly zxid: bigint }
  | {
      readonly kind: 'time';
      readonly name: string;
      readonly atMs: bigint;
      /** The txn whose time it has to be. */
      readonly zxid: bigint;
    };

/** What came in on one connection, in the order in which it came. */
export type Arrival =
  | { readonly kind: 'welcome'; readonly fields: readonly Field[] }
  | {
      readonly kind: 'reply';
      /** Which of the step's requests it answers. */
      readonly index: number;
      readonly fields: readonly Field[];
    }
  | {
      readonly kind: 'event';
      readonly event: string;
      readonly path: string;
      readonly fields: readonly Field[];
    }
  /** Everything before it has been done: with the zxid that was the last then. */
  | { readonly kind: 'rest'; readonly fields: readonly Field[] }
  | { readonly kind: 'closed' }
  /** Nothing came where an answer was due. */
  | { readonly kind: 'silence' };

export const plain = (name: string, value: string | number | boolean | bigint): Field => ({
  kind: 'plain',
  name,
  text: String(value),
});

export function fieldText(field: Field): string {
  switch (field.kind) {
    case 'plain':
      return field.text;
    case 'zxid':
      return `0x${field.zxid.toString(16)}`;
    case 'time':
      return field.atMs === 0n ? '0' : `time of 0x${field.zxid.toString(16)}`;
  }
}

/** One line for a person. */
export function arrivalText(arrival: Arrival): string {
  const fields = 'fields' in arrival ? arrival.fields : [];
  const values = fields.map((field) => `${field.name}=${fieldText(field)}`).join(' ');
  switch (arrival.kind) {
    case 'welcome':
      return `connected ${values}`;
    case 'reply':
      return `reply ${arrival.index + 1}: ${values}`;
    case 'event':
      return `event ${arrival.event} ${arrival.path} ${values}`;
    case 'rest':
      return `at rest ${values}`;
    case 'closed':
      return 'the connection was closed';
    case 'silence':
      return 'no answer';
  }
}
