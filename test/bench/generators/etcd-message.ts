/** The few messages of etcd's KV service that the bench needs, in protobuf, each in a frame of gRPC. */

const LENGTH_DELIMITED = 2;
const VARINT = 0;
const FRAME_HEAD = 5;
/** Of RangeRequest: read what the asked member has, as ZooKeeper does, instead of asking a quorum. */
const SERIALIZABLE_FIELD = 7;
/** Of RangeResponse. */
const COUNT_FIELD = 4;

export function putRequest(key: string, value: Uint8Array): Buffer {
  return frame(Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, value)]));
}

export function rangeRequest(key: string): Buffer {
  const serializable = Buffer.from([(SERIALIZABLE_FIELD << 3) | VARINT, 1]);
  return frame(Buffer.concat([bytesField(1, Buffer.from(key)), serializable]));
}

/** How many keys a range found. @throws RangeError where the frame is no whole message */
export function rangeCount(response: Uint8Array): number {
  let count = 0;
  let position = FRAME_HEAD;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = response[position++];
      if (byte === undefined) throw new RangeError('the message ends within a number');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < response.length) {
    const tag = varint();
    const isText = (tag & 7) === LENGTH_DELIMITED;
    const value = varint();
    if (isText) position += value;
    else if (tag >> 3 === COUNT_FIELD) count = value;
  }
  if (position > response.length) throw new RangeError('the message ends within a field');
  return count;
}

function bytesField(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from([(field << 3) | LENGTH_DELIMITED]),
    varintOf(value.length),
    value,
  ]);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A message behind its head: not compressed, and its length. */
function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
