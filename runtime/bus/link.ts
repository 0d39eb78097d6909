import { invariant } from '../../machines/invariant.ts';
import type { BusPort } from '../ports.ts';
import {
  decodeEnvelope,
  decodeSections,
  MalformedEnvelope,
  type Run,
  type Section,
} from './envelope.ts';
import { Outbox } from './outbox.ts';
import { type Link, Peer } from './peer.ts';
import { Joiner } from './pieces.ts';
import { type Followed, Streams } from './stream.ts';
import { type Subjects, subjectsOf } from './subjects.ts';

/** What the links tell the actors. Payloads stay valid after the call. */
export interface LinkHandler {
  /** An election notification: may be lost, doubled or late, as the algorithm allows (reference §11.2). */
  vote(from: number, payload: Buffer): void;
  /** The next message of a link, each exactly once. The first one of a link that is not known yet opens it here. */
  message(from: number, linkId: number, payload: Buffer): void;
  /** The next broadcast of the followed stream. */
  broadcast(from: number, streamId: number, sequence: number, payload: Buffer): void;
  /** The link is over and forgotten: something on it was lost or came twice, the peer reset it, or the bus is down. */
  linkDown(peer: number, linkId: number, reason: string): void;
  /** The same for the followed stream, which is followed no more. */
  streamDown(leader: number, streamId: number, reason: string): void;
  /** Nobody listens on the subject of a peer that was probed. */
  gone(peer: number): void;
  /** Comes after the linkDown and streamDown of everything that was open. Until busUp, nothing sent leaves. */
  busDown(): void;
  busUp(): void;
}

export interface LinksOptions {
  readonly ensemble: string;
  readonly self: number;
  /** Everybody whose broadcasts may be followed; `self` may be among them. A leader that is not is added on follow. */
  readonly members: readonly number[];
  /** Counts the starts of this member, so that pieces of a message from before a crash join nothing sent after it. */
  readonly incarnation?: number;
}

/** How often something went wrong, for metrics. */
export interface LinkCounters {
  /** Bus messages that are no envelope of a known version. */
  readonly malformed: number;
  /** Large messages of which a piece was lost. */
  readonly abandoned: number;
  /** Messages of links that are not open here. */
  readonly unknownLink: number;
  /** Resets told to peers. */
  readonly resets: number;
}

/** The large messages of one incarnation are told apart by so many numbers. */
const SETS_PER_INCARNATION = 2 ** 28;

/**
 * Reliable or torn down: what ZAB asks of the channel between two members (reference, Appendix B), over a bus that
 * delivers at most once. Each link and each stream numbers its messages; any number but the next one ends it.
 *
 * What is sent collects until `flush`. Broadcasts leave first, so that in one turn what is sent after a broadcast does
 * not overtake it; whoever depends on that order says `sequence(streamId)` in the message.
 */
export class Links {
  readonly #bus: BusPort;
  readonly #self: number;
  readonly #handler: LinkHandler;
  readonly #subjects: Subjects;
  readonly #peers = new Map<number, Peer>();
  readonly #streams = new Streams();
  readonly #votes: Outbox;
  readonly #broadcasts: Outbox;
  /** Peers with something to flush, in the order in which they got it. */
  readonly #waiting = new Set<Peer>();
  readonly #heard = new Set<number>();
  readonly #joiner = new Joiner();
  readonly #counters = { malformed: 0, unknownLink: 0, resets: 0 };
  #followed: Followed | undefined;
  #up = false;
  #lastSet: number;

  /** @throws RangeError when the ensemble's name is no token of a subject */
  constructor(bus: BusPort, options: LinksOptions, handler: LinkHandler) {
    this.#bus = bus;
    this.#self = options.self;
    this.#handler = handler;
    this.#subjects = subjectsOf(options.ensemble);
    this.#lastSet = (options.incarnation ?? 0) * SETS_PER_INCARNATION;
    this.#votes = this.#outbox(this.#subjects.votes);
    this.#broadcasts = this.#outbox(this.#subjects.broadcast(this.#self));
    this.#listen(this.#subjects.votes, 'votes');
    this.#listen(this.#subjects.member(this.#self), 'member');
    for (const member of options.members) this.#hear(member);
    bus.onStatus((status) => (status === 'up' ? this.#busUp() : this.#busDown()));
  }

  get counters(): LinkCounters {
    return { ...this.#counters, abandoned: this.#joiner.abandoned };
  }

  sendVote(to: number | 'all', payload: Uint8Array): void {
    if (!this.#up) return;
    if (to === 'all') this.#votes.addVote(payload);
    else this.#outboxOf(this.#peer(to)).addVote(payload);
  }

  /**
   * Opens a link to `peer`; the peer learns of it with the first message. `linkId` must never have been used between
   * the two, by either side, in this or an earlier life of the processes. A link opened here earlier is closed.
   */
  openLink(peer: number, linkId: number): void {
    invariant(peer !== this.#self, () => `member ${peer} opens a link to itself`);
    if (!this.#up) return;
    const known = this.#peer(peer);
    invariant(
      known.find(linkId) === undefined,
      () => `link ${linkId} to member ${peer} is open already`,
    );
    const replaced = known.open(linkId);
    if (replaced !== undefined) this.#sendReset(known, replaced.linkId);
  }

  /** A message on a link that is not open (any more) is dropped: its end has been reported. */
  send(peer: number, linkId: number, payload: Uint8Array): void {
    const known = this.#peers.get(peer);
    const link = known?.find(linkId);
    if (known === undefined || link === undefined) return;
    link.sent += 1;
    const kind = link.isOwn ? 'messages' : 'answers';
    this.#outboxOf(known).add(kind, linkId, link.sent, payload);
  }

  /** Ends the link without a linkDown here; the peer gets one, if the reset reaches it. */
  closeLink(peer: number, linkId: number): void {
    const known = this.#peers.get(peer);
    const link = known?.find(linkId);
    if (known === undefined || link === undefined) return;
    known.end(link);
    this.#sendReset(known, linkId);
  }

  /** Starts a stream of broadcasts at sequence 1. `streamId` must never have been used by this member before. */
  openStream(streamId: number): void {
    if (this.#up) this.#streams.open(streamId);
  }

  /** Returns the sequence of this broadcast; 0 when the stream is not open (the bus went down) and it is dropped. */
  publish(streamId: number, payload: Uint8Array): number {
    const sequence = this.#streams.next(streamId);
    if (sequence > 0) this.#broadcasts.add('broadcasts', streamId, sequence, payload);
    return sequence;
  }

  /** Sequence of the last broadcast, flushed or not; 0 when there was none. */
  sequence(streamId: number): number {
    return this.#streams.sequence(streamId);
  }

  closeStream(streamId: number): void {
    this.#streams.close(streamId);
  }

  /** Delivers the leader's broadcasts of this stream from the first one that arrives after this call. */
  follow(leader: number, streamId: number): void {
    if (!this.#up) return;
    this.#hear(leader);
    this.#followed = { leader, streamId, sequence: undefined };
  }

  unfollow(): void {
    this.#followed = undefined;
  }

  /**
   * Asks whether anybody listens on the peer's subject, by what leaves for it with the next flush; only the answer
   * "nobody" is reported, by `gone`.
   */
  probe(peer: number): void {
    if (!this.#up) return;
    this.#outboxOf(this.#peer(peer)).probe(() => this.#handler.gone(peer));
  }

  /** The end of an event-loop turn: everything collected leaves. */
  flush(): void {
    this.#broadcasts.flush();
    this.#votes.flush();
    for (const peer of this.#waiting) peer.outbox.flush();
    this.#waiting.clear();
  }

  #outbox(subject: string): Outbox {
    return new Outbox(this.#bus, subject, this.#self, () => {
      this.#lastSet += 1;
      return this.#lastSet;
    });
  }

  #peer(id: number): Peer {
    const known = this.#peers.get(id);
    if (known !== undefined) return known;
    const peer = new Peer(id, this.#outbox(this.#subjects.member(id)));
    this.#peers.set(id, peer);
    return peer;
  }

  #outboxOf(peer: Peer): Outbox {
    this.#waiting.add(peer);
    return peer.outbox;
  }

  #sendReset(peer: Peer, linkId: number): void {
    this.#counters.resets += 1;
    this.#outboxOf(peer).addReset(linkId);
  }

  /** The bus cannot unsubscribe, so a broadcast subject is subscribed to once and for all. */
  #hear(member: number): void {
    if (member === this.#self || this.#heard.has(member)) return;
    this.#heard.add(member);
    this.#listen(this.#subjects.broadcast(member), 'broadcast');
  }

  #listen(subject: string, channel: string): void {
    this.#bus.subscribe(subject, (payload) => this.#receive(channel, payload));
  }

  #receive(channel: string, payload: Uint8Array): void {
    if (!this.#up) return;
    let from: number;
    let sections: Section<Buffer>[];
    try {
      const envelope = decodeEnvelope(payload);
      from = envelope.from;
      if (from === this.#self) return;
      const body =
        envelope.form === 'piece'
          ? this.#joiner.join(`${channel} ${from}`, envelope.piece)
          : Buffer.from(envelope.body);
      if (body === undefined) return;
      sections = decodeSections(body);
    } catch (error) {
      if (!(error instanceof MalformedEnvelope)) throw error;
      this.#counters.malformed += 1;
      return;
    }
    for (const section of sections) {
      if (this.#up) this.#deliver(from, section);
    }
  }

  #deliver(from: number, section: Section<Buffer>): void {
    if (section.kind === 'vote') this.#handler.vote(from, section.payload);
    else if (section.kind === 'broadcasts') this.#receiveBroadcasts(from, section);
    else if (section.kind === 'reset') this.#receiveReset(this.#peer(from), section.id);
    else this.#receiveMessages(this.#peer(from), section);
  }

  #receiveReset(peer: Peer, linkId: number): void {
    const link = peer.find(linkId);
    if (link !== undefined) this.#linkDown(peer, link, 'reset by the peer');
  }

  #receiveMessages(peer: Peer, run: Run<Buffer>): void {
    const link = peer.find(run.id) ?? this.#accept(peer, run);
    if (link === undefined) {
      this.#counters.unknownLink += 1;
      this.#sendReset(peer, run.id);
      // Not left to the end of the turn: no handler hears of this, so perhaps nobody flushes.
      this.flush();
      return;
    }
    if (run.first !== link.received + 1) {
      this.#sendReset(peer, link.linkId);
      this.flush();
      this.#linkDown(peer, link, `number ${run.first} came after ${link.received}`);
      return;
    }
    for (const payload of run.payloads) {
      // The handler may have closed the link, or the bus may have gone down, in the call before.
      if (peer.find(run.id) !== link) return;
      link.received += 1;
      this.#handler.message(peer.id, run.id, payload);
    }
  }

  /**
   * Only a beginning opens a link: anything later means that the beginning was lost. And only one from the member
   * that opens it: the first answer on a link of this member's former life would bring that half back to life.
   */
  #accept(peer: Peer, run: Run): Link | undefined {
    if (run.kind !== 'messages' || run.first !== 1 || peer.hasEnded(run.id)) return undefined;
    const replaced = peer.accept(run.id);
    if (replaced !== undefined) {
      this.#handler.linkDown(peer.id, replaced.linkId, `replaced by link ${run.id}`);
    }
    return peer.find(run.id);
  }

  #receiveBroadcasts(from: number, run: Run<Buffer>): void {
    const followed = this.#followed;
    if (followed === undefined || followed.leader !== from || followed.streamId !== run.id) return;
    const { sequence } = followed;
    if (sequence !== undefined && run.first !== sequence + 1) {
      this.#streamDown(`sequence ${run.first} came after ${sequence}`);
      return;
    }
    followed.sequence = run.first - 1;
    for (const payload of run.payloads) {
      if (this.#followed !== followed) return;
      followed.sequence += 1;
      this.#handler.broadcast(from, run.id, followed.sequence, payload);
    }
  }

  #linkDown(peer: Peer, link: Link, reason: string): void {
    peer.end(link);
    this.#handler.linkDown(peer.id, link.linkId, reason);
  }

  #streamDown(reason: string): void {
    const followed = this.#followed;
    if (followed === undefined) return;
    this.#followed = undefined;
    this.#handler.streamDown(followed.leader, followed.streamId, reason);
  }

  #busUp(): void {
    if (this.#up) return;
    this.#up = true;
    this.#handler.busUp();
  }

  /** Whatever was in flight may be gone, either way: no number can be trusted to be the next one. */
  #busDown(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#votes.clear();
    this.#broadcasts.clear();
    this.#waiting.clear();
    this.#streams.clear();
    this.#joiner.clear();
    const ended: [number, Link][] = [];
    for (const peer of this.#peers.values()) {
      peer.outbox.clear();
      for (const link of peer.links) {
        peer.end(link);
        ended.push([peer.id, link]);
      }
    }
    for (const [peer, link] of ended) this.#handler.linkDown(peer, link.linkId, 'the bus is down');
    this.#streamDown('the bus is down');
    this.#handler.busDown();
  }
}
