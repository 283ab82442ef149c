import calculateSlot from 'cluster-key-slot'

/** The indices of keys that one command may name on a cluster: those of one slot, in their order. */
export function groupBySlot(keys: readonly string[]): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>()
  for (const [i, key] of keys.entries()) {
    const slot = calculateSlot(key)
    const group = groups.get(slot)
    if (group === undefined) groups.set(slot, [i])
    else group.push(i)
  }
  return [...groups.values()]
}
