/**
 * The TypeScript examples of a Markdown page, one module each. Every line stands at the number that it has on the page, so that
 * a compiler's complaint points there.
 */
export function extractExamples(markdown) {
  const examples = []
  const setup = []
  let block
  for (const [index, line] of markdown.split('\n').entries()) {
    if (block === undefined) {
      block = openBlock(line)
      if (block?.kind === 'example' && !(block.continued && examples.length > 0))
        examples.push({ lines: [], setup: [...setup] })
      continue
    }
    if (line.trim() === block.end) {
      block = undefined
      continue
    }
    if (block.kind === 'setup') setup.push(line)
    if (block.kind === 'example') examples.at(-1).lines[index] = line
  }
  return examples.map((example) =>
    [...Array.from(example.lines, (line) => line ?? ''), ...example.setup, ''].join('\n'),
  )
}

function openBlock(line) {
  if (line.trim() === '<!-- setup') return { kind: 'setup', end: '-->' }
  const [, fence, language = '', remark = ''] = /^\s*(`{3,}|~{3,})(\w*)\s*(.*)$/.exec(line) ?? []
  if (fence === undefined) return undefined
  const compiled = (language === 'ts' || language === 'typescript') && !remark.includes('no-check')
  return { kind: compiled ? 'example' : 'other', end: fence, continued: remark.includes('continued') }
}
