import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Every Markdown page that readers are led to: at the root, under docs/, and the front pages of packages and examples. */
export function listPages(root) {
  const entries = ['README.md', 'CONTRIBUTING.md', 'docs', 'packages', 'examples'].map((name) => join(root, name))
  return entries
    .filter((path) => existsSync(path))
    .flatMap((path) => (statSync(path).isDirectory() ? markdownIn(path) : [path]))
    .map((file) => ({ file, path: relative(root, file).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }))
}

/** One line for each relative link that leads nowhere. */
export function findBrokenLinks(pages) {
  const headings = new Map(pages.map(({ file, text }) => [file, headingAnchors(text)]))
  return pages.flatMap(({ file, path, text }) =>
    linksOf(text).flatMap(({ target, line }) => {
      const [name = '', anchor] = target.split('#')
      const linked = name === '' ? file : join(dirname(file), decodeURIComponent(name))
      if (!existsSync(linked)) return [`${path}:${line}: no such file: ${target}`]
      const known = headings.get(linked)
      if (anchor === undefined || known === undefined || known.has(anchor)) return []
      return [`${path}:${line}: no such heading: ${target}`]
    }),
  )
}

function markdownIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !['node_modules', 'dist', 'CHANGELOG.md'].includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return markdownIn(path)
      return entry.name.endsWith('.md') ? [path] : []
    })
}

function linksOf(text) {
  return proseLines(text).flatMap(({ prose, line }) =>
    [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\s*\[[^\]]+\]:\s+(\S+)/g)]
      .map(([, inline, reference]) => inline ?? reference)
      .filter((target) => !/^([a-z][a-z+.-]*:|\/\/)/i.test(target))
      .map((target) => ({ target, line })),
  )
}

/** The anchors that code hosts make of a page's headings. */
function headingAnchors(text) {
  const seen = new Map()
  const anchors = new Set()
  for (const { prose } of proseLines(text, { keepCode: true })) {
    const [, title] = /^#{1,6}\s+(.*?)\s*#*$/.exec(prose) ?? []
    if (title === undefined) continue
    const slug = title
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    anchors.add(count === 0 ? slug : `${slug}-${count}`)
  }
  return anchors
}

/** The lines outside of fenced blocks, without inline code unless it is kept. */
function proseLines(text, { keepCode = false } = {}) {
  const lines = []
  let fence
  for (const [index, line] of text.split('\n').entries()) {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? []
    if (fence !== undefined) {
      if (line.trim() === fence) fence = undefined
      continue
    }
    if (mark !== undefined) {
      fence = mark
      continue
    }
    lines.push({ prose: keepCode ? line : line.replace(/`[^`]*`/g, ''), line: index + 1 })
  }
  return lines
}
