/** Bytes of an address in the form that covers both families: IPv4 as ::ffff:a.b.c.d. */
const ADDRESS_BYTES = 16;
const IPV4_PREFIX_BITS = 96;
const GROUPS = 8;

/** An address and how many of its leading bits count: what an `ip` entry of an ACL names (reference §8.4). */
export interface AddressRange {
  readonly address: Uint8Array;
  readonly bits: number;
}

/** Parses `address` or `address/bits`, IPv4 or IPv6; `undefined` where it is neither. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const addressText = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(addressText);
  if (address === undefined) return undefined;
  if (slash < 0) return { address, bits: ADDRESS_BYTES * 8 };

  const offset = addressText.includes(':') ? 0 : IPV4_PREFIX_BITS;
  const bits = parseDecimal(text.slice(slash + 1), ADDRESS_BYTES * 8 - offset);
  return bits === undefined ? undefined : { address, bits: bits + offset };
}

/**
 * Whether `text` is an address within `range`. An IPv4 client of a dual-stack socket counts as IPv4, and no range of
 * IPv6 holds it: `::/0` are all addresses of its own family (reference §8.4).
 */
export function isAddressInRange(text: string, range: AddressRange): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  if (range.bits < IPV4_PREFIX_BITS && isIpv4(address)) return false;
  const wholeBytes = range.bits >> 3;
  for (let at = 0; at < wholeBytes; at++) {
    if (address[at] !== range.address[at]) return false;
  }
  const rest = range.bits & 7;
  if (rest === 0) return true;
  const difference = (address[wholeBytes] ?? 0) ^ (range.address[wholeBytes] ?? 0);
  return difference >> (8 - rest) === 0;
}

function parseAddress(text: string): Uint8Array | undefined {
  const address = new Uint8Array(ADDRESS_BYTES);
  if (!text.includes(':')) {
    address[10] = 0xff;
    address[11] = 0xff;
    return parseIpv4(text, address, 12) ? address : undefined;
  }
  const zone = text.indexOf('%');
  return parseIpv6(zone < 0 ? text : text.slice(0, zone), address) ? address : undefined;
}

function isIpv4(address: Uint8Array): boolean {
  return (
    address.subarray(0, 10).every((byte) => byte === 0) &&
    address[10] === 0xff &&
    address[11] === 0xff
  );
}

function parseIpv4(text: string, address: Uint8Array, start: number): boolean {
  const parts = text.split('.');
  if (parts.length !== 4) return false;
  for (const [at, part] of parts.entries()) {
    const value = parseDecimal(part, 255);
    if (value === undefined) return false;
    address[start + at] = value;
  }
  return true;
}

/** Fills `address` from the left up to `::` and from the right after it. */
function parseIpv6(text: string, address: Uint8Array): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const left = parseGroups(halves[0] ?? '');
  if (left === undefined) return false;
  if (halves.length === 1) {
    address.set(left);
    return left.length === ADDRESS_BYTES;
  }
  const right = parseGroups(halves[1] ?? '');
  if (right === undefined || left.length + right.length > (GROUPS - 1) * 2) return false;
  address.set(left);
  address.set(right, ADDRESS_BYTES - right.length);
  return true;
}

function parseGroups(text: string): number[] | undefined {
  const bytes: number[] = [];
  if (text === '') return bytes;
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    if (at === groups.length - 1 && group.includes('.')) {
      const dotted = new Uint8Array(4);
      if (!parseIpv4(group, dotted, 0)) return undefined;
      bytes.push(...dotted);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes.length <= ADDRESS_BYTES ? bytes : undefined;
}

function parseDecimal(text: string, limit: number): number | undefined {
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= limit ? value : undefined;
}
