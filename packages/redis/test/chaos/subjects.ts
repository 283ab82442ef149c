/** The caches of a chaos run: without tags, with tags named before a load, with tags found in the value, soon soft-expired, with versions. */
export const CACHES = ['plain', 'named', 'late', 'soft', 'versioned'] as const

export type CacheName = (typeof CACHES)[number]

/** One key of one cache, and its place among all. */
export interface Subject {
  readonly index: number
  readonly cache: CacheName
  readonly key: string
  readonly place: number
}

/** What is cached: which subject, its source version, and a number of its own: positive from a load, minus the operation's for a `set`. */
export type Cargo = { readonly k: number; readonly v: number; readonly n: number }

const KEYS: Readonly<Record<CacheName, number>> = { plain: 6, named: 6, late: 6, soft: 4, versioned: 4 }

/** All subjects of a run. */
export const SUBJECTS: readonly Subject[] = CACHES.flatMap((cache) =>
  Array.from({ length: KEYS[cache] }, (_, place) => ({ cache, key: `k${place}`, place })),
).map((subject, index) => ({ ...subject, index }))

/** Tags that every read of the subject names. */
export function namedTags({ cache, place }: Subject): readonly string[] {
  return cache === 'named' ? ['everyone', `team-${place % 2}`] : []
}

/** Tags found in a value of that version. */
export function lateTags(cache: CacheName, version: number): readonly string[] {
  return cache === 'late' ? [`late-${version % 3}`] : []
}

/** All tags by which the subject's value of that version can be invalidated. */
export function tagsOf(subject: Subject, version: number): readonly string[] {
  return [...namedTags(subject), ...lateTags(subject.cache, version)]
}

/** The subject under a key. */
export function subjectOf(cache: CacheName, key: string): Subject {
  const subject = SUBJECTS.find((one) => one.cache === cache && one.key === key)
  if (subject === undefined) throw new Error(`There is no ${cache}:${key}`)
  return subject
}
