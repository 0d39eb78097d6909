import { hex, type Zxid } from '../machines/zab/zxid.ts';

/** Something on the disk does not work or is not as it must be. The member that meets one stops. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
}

/** No room for a write, or a limit on the size of files was met. What was durable before still is. */
export class DiskFull extends StorageError {
  override readonly name = 'DiskFull';
}

/** Another process, or another store of this process, works on the same data directory. */
export class DirectoryInUse extends StorageError {
  override readonly name = 'DirectoryInUse';
}

/** What ZAB keeps is contradictory (reference §11.6): going on could lose acknowledged writes. */
export class InconsistentHistory extends StorageError {
  override readonly name = 'InconsistentHistory';
}

/** Bytes that were stored whole are not what was stored: a checksum, a length or an order is wrong. */
export class CorruptRecord extends StorageError {
  override readonly name = 'CorruptRecord';
  readonly file: string;
  readonly firstZxid: Zxid;
  /** Equal to `firstZxid` where the end of the damage is not known, both 0 where no zxid is concerned. */
  readonly lastZxid: Zxid;

  constructor(file: string, firstZxid: Zxid, lastZxid: Zxid, damage: string) {
    const range = firstZxid === 0 ? '' : ` at zxid ${hex(firstZxid)} to ${hex(lastZxid)}`;
    super(`${file} is damaged${range}: ${damage}`);
    this.file = file;
    this.firstZxid = firstZxid;
    this.lastZxid = lastZxid;
  }
}
