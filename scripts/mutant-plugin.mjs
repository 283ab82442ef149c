import { join } from 'node:path'
import { workspaceRoot } from './workspace.mjs'

/** A Vite plugin that takes one guard away from the sources as they are loaded; the files stay as they are. */
export function mutantPlugin(mutant) {
  const file = join(workspaceRoot, mutant.file)
  return {
    name: 'mutant',
    enforce: 'pre',
    transform(code, id) {
      return id.split('?')[0] === file ? mutate(code, mutant) : undefined
    },
  }
}

/** The code without the guard. Throws where the guard is not to be found: the list of mutants then has to follow the code. */
export function mutate(code, mutant) {
  let mutated = code
  for (const { find, replace } of [mutant, mutant.andAlso].filter((edit) => edit !== undefined)) {
    const places = mutated.split(find).length - 1
    if (places !== 1)
      throw new Error(`"${mutant.name}": found ${places} times in ${mutant.file}, expected once:\n${find}`)
    mutated = mutated.replace(find, () => replace)
  }
  return mutated
}
