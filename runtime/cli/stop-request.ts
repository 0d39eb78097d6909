/** Resolves at the first SIGINT, SIGTERM or SIGHUP; calls `again` for every later one. */
export function stopRequested(again: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first = true;
    const onSignal = (signal: NodeJS.Signals) => {
      if (!first) return again();
      first = false;
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal);
  });
}

/** Resolves when stdin ends: the process that holds its other end has gone. */
export function parentGone(): Promise<'parent gone'> {
  return new Promise((resolve) => {
    const onGone = () => resolve('parent gone');
    process.stdin.on('end', onGone);
    process.stdin.on('close', onGone);
    process.stdin.on('error', onGone);
    process.stdin.resume();
  });
}
