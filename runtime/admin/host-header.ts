const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether a request's Host header names this endpoint. A page of another site that rebinds its own
 * DNS name to 127.0.0.1 reaches the port, but cannot change the Host header that its browser sends.
 */
export function isTrustedHost(header: string | undefined, listenHost: string): boolean {
  if (header === undefined) return false;
  const name = header.toLowerCase().replace(/:\d{1,5}$/, '');
  if (LOOPBACK_NAME.test(name)) return true;
  const bare = name.replace(/^\[|\]$/g, '');
  return bare === listenHost.toLowerCase();
}
