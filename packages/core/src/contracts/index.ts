export type { Backend, BackendHealth } from './backend.ts'
export type { Clock, Timer } from './clock.ts'
export type { Codec } from './codec.ts'
export type { Compressor } from './compressor.ts'
export type { ExecutionContext, Executor } from './executor.ts'
export type { Frame, FrameHead } from './frame.ts'
export { expiredFrame, FRAME, frameHead } from './frame.ts'
export type { HealthReporter } from './health-reporter.ts'
export type {
  Append,
  Journal,
  JournalManifest,
  JournalRecord,
  Marks,
  MarksRequest,
  RecordKind,
  RecordRef,
  Sync,
  Tail,
  TailListener,
} from './journal.ts'
export type { LockAnswer, LockRequest, Locks, LocksManifest, LockWatch } from './locks.ts'
export type { Naming } from './naming.ts'
export { compareIds } from './record-id.ts'
export type { Random } from './random.ts'
export { Ring } from './ring.ts'
export type { Opened, Refusal, Sealer } from './sealer.ts'
export type {
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Store,
  StoreManifest,
  Take,
  TakeRequest,
} from './store.ts'
export type {
  Bury,
  BuriedWrite,
  Claim,
  Claimed,
  Enqueue,
  Enqueued,
  Fetched,
  QueuedWrite,
  QueueManifest,
  QueueName,
  QueuePosition,
  Revived,
  Settle,
  Settled,
  WriteQueue,
  WriteRef,
} from './write-queue.ts'
