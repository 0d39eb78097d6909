/** Refusal of every word that tells of a tree or of clients while there is no leader (reference §14.1). */
export const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

/** As ZooKeeper prints a mean: at most four decimals, and one even where it is whole. */
export function decimal(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  return Number.isInteger(rounded) ? `${rounded}.0` : `${rounded}`;
}

/** A client's address as Java prints a socket's: a slash, and brackets around an IPv6 address. */
export function javaAddress(host: string, port: number): string {
  return host.includes(':') ? `/[${host}]:${port}` : `/${host}:${port}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** As `java.util.Date` prints it: `Mon Nov 23 10:03:08 UTC 2026`. */
export function javaDate(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(date)
    .find(({ type }) => type === 'timeZoneName');
  const day = `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${two(date.getDate())}`;
  return `${day} ${time} ${zone?.value ?? 'UTC'} ${date.getFullYear()}`;
}
