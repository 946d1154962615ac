#!/usr/bin/env node
// A second verifier of Gatehouse's evidence files, written from docs/audit-format.md. It needs Node.js 20 or later, and no packages:
//   node verify.mjs FILE --key KEY [--key KEY …] [--checkpoint FILE] [--origin ORIGIN] [--filter JSON] [--from N --to N]
// Exit codes: 0 everything is proven, 1 something is wrong, 2 nothing is wrong but not everything could be checked, 3 there is no verdict.
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
const FORMAT = 'gatehouse evidence v1', MAX_LINE = 2 ** 20, SLACK = 60_000
class Wrong extends Error { constructor(check, why) { super(why); this.check = check } }
const must = (holds, check, why) => { if (!holds) throw new Wrong(check, why) }
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const isText = (v) => typeof v === 'string', isCount = (v) => Number.isSafeInteger(v) && v >= 0
const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v)
const isList = (v, most, of) => Array.isArray(v) && v.length <= most && v.every(of)
const isUUID = (v) => isText(v) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(v)
const isHash = (v) => bytes(v, 32) !== null
function bytes(text, length) { // of base64 in its one spelling, or null
  const raw = Buffer.from(isText(text) ? text : '', 'base64')
  return raw.toString('base64') === text && (length === undefined || raw.length === length) ? raw : null
}
function isInstant(v, digits = 6) {
  if (!isText(v) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(v) || v.length !== 21 + digits) return false
  const time = Date.parse(`${v.slice(0, 23)}Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(v.slice(0, 23)) && (digits === 3 || v >= '1970')
}
function canonical(v) { // RFC 8785
  if (Array.isArray(v)) return `[${v.map(canonical).join(',')}]`
  if (isObject(v)) return `{${Object.keys(v).sort().map((name) => `${canonical(name)}:${canonical(v[name])}`).join(',')}}`
  if (isText(v) && !v.isWellFormed()) throw new Error('half a character')
  return JSON.stringify(v)
}
function parse(line, why, ...shapes) { // a line that is the canonical form of an object with the members of one of the shapes
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line), v = JSON.parse(text)
    if (isObject(v) && canonical(v) === text && shapes.includes(Object.keys(v).sort().join(' '))) return v
  } catch { /* it is not, either */ }
  throw new Wrong('form', why)
}
class Lines {
  at = 0; number = 0; digest = createHash('sha256') // of the lines before the current one
  constructor(file) { this.file = file }
  next() {
    if (this.number++) this.digest.update(this.line).update('\n')
    const end = this.file.indexOf('\n', this.at), length = (end < 0 ? this.file.length : end) - this.at
    must(length <= MAX_LINE, 'form', `the line is longer than ${MAX_LINE} bytes`)
    must(end >= 0, 'end', length > 0 ? 'the file ends within a line' : 'the file ends before its manifest')
    ;[this.line, this.at] = [this.file.subarray(this.at, end), end + 1]
    return this.line
  }
}
// ---- Keys, notes and checkpoints
function parseKey(text) {
  const [, name, hash, base64] = /^([^\p{White_Space}+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(isText(text) ? text : '') ?? [], raw = bytes(base64, 33)
  if (!raw || raw[0] !== 1 || sha256(name, '\n', raw).toString('hex', 0, 4) !== hash) return null
  return { text, name, hash, public: createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url', 1) } }) }
}
const signedBy = (key, message, signature) => verifySignature(null, Buffer.from(message), key.public, signature)
function openNote(note, keys, check) {
  const at = note.lastIndexOf('\n\n'), text = note.slice(0, at + 1), signatures = note.slice(at + 2, -1).split('\n')
  must(at >= 0 && at + 2 < note.length && note.endsWith('\n'), check, 'it is no signed note')
  must(signatures.length <= 16, check, 'it bears more than 16 signatures')
  const by = []
  for (const line of signatures) {
    const [, name, base64] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [], raw = bytes(base64)
    must(raw?.length >= 5, check, 'it is no signed note')
    const its = keys.filter((k) => k.name === name && k.hash === raw.toString('hex', 0, 4))
    must(its.every((key) => signedBy(key, text, raw.subarray(4))), check, 'a signature of a trusted key is wrong')
    by.push(...its.map((key) => key.text))
  }
  must(by.length, check, 'no key that is trusted has signed it')
  return { text, count: signatures.length, by }
}
function parseCheckpoint(text) {
  const [, origin, size, root, time, clock, ahead] = /^([^\n]*)\n(0|[1-9]\d*)\n(.*)\ntime (\S+) ([^ \n]*) (0|-?[1-9]\d*)\n$/.exec(text) ?? []
  const good = isCount(Number(size)) && isHash(root) && isInstant(time, 3) && (ahead | 0) === Number(ahead)
  return good ? { origin, size: Number(size), root: bytes(root), time, clock } : null
}
const textOf = (note) => `${note.includes('\n\n') ? note.slice(0, note.lastIndexOf('\n\n')) : note}\n` // whoever has signed it
function succeed(trusted, origin, chain) { // what a trusted key names becomes trusted
  const keys = [...trusted]
  for (const [i, { from, signature, to }] of chain.entries()) {
    must(!i || from === chain[i - 1].to, 'succession', `succession ${i + 1} does not begin with the key that the one before ends with`)
    must(signedBy(parseKey(from), `gatehouse key succession v1\n${origin}\n${from}\n${to}\n`, bytes(signature)), 'succession',
      `succession ${i + 1} is not signed by the key that it begins with`)
    if (keys.some((k) => k.text === from) && !keys.some((k) => k.text === to)) keys.push(parseKey(to))
  }
  return keys
}
// ---- The tree (RFC 6962 §2.1), grown from left to right
class Tree {
  size = 0; parts = [] // whole subtrees, the largest first
  constructor(watched) { this.watched = watched; this.look() }
  append(hash, level = 0) {
    for (this.size += 2 ** level; this.parts.at(-1)?.level === level; level++) hash = sha256('\x01', this.parts.pop().hash, hash)
    this.parts.push({ level, hash })
    this.look()
  }
  look() { if (this.size === this.watched) this.seen = this.root() }
  root() { return this.parts.length ? this.parts.map((p) => p.hash).reduceRight((right, left) => sha256('\x01', left, right)) : sha256() }
}
function cover(from, to, stops) { // the levels of the subtrees that stand for leaves from..to-1 without reaching over a stop
  const levels = []
  for (const end of [...stops, to]) for (let level = 0; from < end; from += 2 ** level, levels.push(level), level = 0) {
    while (from % 2 ** (level + 1) === 0 && from + 2 ** (level + 1) <= end) level++
  }
  return levels
}
// ---- Filters
const LISTS = { clients: 'client', effects: 'effect', kinds: 'kind', outcomes: 'outcome', roles: 'roles', tools: 'tool' }
const TEXTS = ['actor_name', 'client', 'detail', 'reason', 'target', 'tool'], NO = 0, UNKNOWN = 1, YES = 2
const LASTING = ['at', 'client', 'effect', 'kind', 'outcome', 'reason', 'roles', 'sealed_at', 'tool'] // which no erasure takes
const isEntry = (v) => isText(v) && v !== '' && Buffer.byteLength(v) <= 512 && !/[\0-\x1f\x7f]/.test(v)
const isFilter = (f) => isObject(f) && !(f.from && f.to && f.from >= f.to) && Object.entries(f).every(([name, v]) => {
  if (['from', 'to', 'text'].includes(name)) return name === 'text' ? isEntry(v) : isInstant(v)
  return (name === 'people' || Object.hasOwn(LISTS, name)) && isList(v, 100, name === 'people' ? isUUID : isEntry) && v.length > 0
})
function neededBy(f) {
  const lists = Object.entries(LISTS).filter(([name]) => f[name]).map(([, field]) => field)
  return [...new Set([f.from || f.to ? ['at', 'sealed_at'] : [], f.people ? ['actor_oid', 'subject_oid'] : [], lists, f.text ? TEXTS : []].flat())].sort()
}
// Capital letters: from, to, how far away the small one is, and every how many.
const CAPITALS = [[0x41, 0x5a, 32, 1], [0xc0, 0xd6, 32, 1], [0xd8, 0xde, 32, 1], [0x391, 0x3a1, 32, 1], [0x3a3, 0x3a9, 32, 1], [0x400, 0x40f, 80, 1],
  [0x410, 0x42f, 32, 1], [0x100, 0x12f, 1, 2], [0x132, 0x137, 1, 2], [0x139, 0x148, 1, 2], [0x14a, 0x177, 1, 2], [0x178, 0x178, -121, 1], [0x179, 0x17e, 1, 2]]
const fold = (text) => Array.from(text, (char) => {
  const c = char.codePointAt(0), [, , shift] = CAPITALS.find(([from, to, , step]) => from <= c && c <= to && (c - from) % step === 0) ?? [0, 0, 0]
  return String.fromCodePoint(c + shift)
}).join('')
function decide(f, fields) { // a field that is closed is there, and undefined
  const ask = (name, holds) => !fields.has(name) ? NO : fields.get(name) === undefined ? UNKNOWN : holds(fields.get(name)) ? YES : NO
  const answers = [f.from || f.to ? ask('at', (at) => !(at < f.from) && !(at >= f.to)) : YES]
  if (f.people) answers.push(Math.max(...['actor_oid', 'subject_oid'].map((name) => ask(name, (oid) => f.people.includes(oid)))))
  for (const [name, field] of Object.entries(LISTS)) if (f[name]) answers.push(ask(field, (v) => [v].flat().some((one) => f[name].includes(one))))
  if (f.text) answers.push(Math.max(...TEXTS.map((name) => ask(name, (v) => isText(v) && fold(v).includes(fold(f.text))))))
  return Math.min(...answers)
}
// ---- A file, line by line
function readHeader(line) {
  const why = `it is no header of ${FORMAT}`
  const h = parse(line, why, 'before checkpoint disclosure filter format from org origin produced stops successions to')
  must(h.format === FORMAT && isList(h.before, Infinity, isHash) && isText(h.checkpoint) && ['filter', 'matches'].includes(h.disclosure) && isFilter(h.filter) &&
    isCount(h.from) && isCount(h.to) && h.from <= h.to && isUUID(h.org) && /[1-9a-f]/.test(h.org) && isText(h.origin) && isInstant(h.produced) &&
    isList(h.stops, 64, isCount) && isList(h.successions, 256, (s) => isObject(s) && Object.keys(s).sort().join(' ') === 'from signature to' &&
      parseKey(s.from) && bytes(s.signature) && parseKey(s.to)), 'form', why)
  return h
}
function readRecord(line) {
  const why = 'it is no line of a record', r = parse(line, why, 'leaf seq', 'closed leaf open seq')
  must(isHash(r.leaf) && isCount(r.seq), 'form', why)
  if (!r.open) return r
  const isValue = (v) => typeof v === 'boolean' || isCount(v) || [v].flat().every((text) => isText(text) && !/[\0-\x1f]/.test(text))
  const isOpen = (pair) => Array.isArray(pair) && pair.length === 2 && bytes(pair[0], 16) && isValue(pair[1])
  must(isObject(r.closed) && Object.values(r.closed).every(isHash) && isObject(r.open) && Object.values(r.open).every(isOpen), 'form', why)
  r.names = [...Object.keys(r.closed), ...Object.keys(r.open)].sort()
  must(r.names.length > 0 && r.names.every((name, i) => name !== r.names[i + 1]), 'form', why)
  r.fields = new Map(r.names.map((name) => [name, Object.hasOwn(r.open, name) ? r.open[name][1] : undefined]))
  return r
}
function leafOf(org, { names, open, closed }) {
  must(names.length <= 128 && names.every((name) => /^[a-z0-9_]+$/.test(name)), 'form', 'it is no line of a record')
  const commit = (name, [salt, value]) => sha256('gatehouse field v1\n', bytes(salt), name, '\0', canonical(value)).toString('base64')
  return sha256('\0gatehouse record v1\n', org, '\n',
    ...names.map((name) => `${name} ${Object.hasOwn(open, name) ? commit(name, open[name]) : closed[name]}\n`)).toString('base64')
}
function judge(run, record) {
  const { header: { org, disclosure, filter, from }, needed, tally } = run, { fields, seq } = record
  if (!fields) return must(disclosure === 'matches' && needed.length, 'filter', 'nothing of the record is told, so that the filter cannot be run')
  must(leafOf(org, record) === record.leaf, 'leaf', "the fields do not make the record's leaf")
  const made = fields.get('at'), sealed = fields.get('sealed_at'), answer = decide(filter, fields)
  must([made, sealed].every((v) => v === undefined || isInstant(v)), 'time', 'an instant is not spelled as instants are')
  must(!(sealed < made), 'time', 'the record was made after it was sealed')
  must(!(sealed < run.sealed), 'time', 'the record was sealed before one that precedes it')
  if (seq === from) run.firstSealed = sealed
  run.sealed = sealed ?? run.sealed
  if (answer === UNKNOWN && !tally.undecided++) tally.firstUndecided = seq
  if (answer === YES && ++tally.matched && [...fields.values()].includes(undefined) && !tally.closed++) tally.firstClosed = seq
  must(answer !== NO || disclosure !== 'matches', 'filter', 'the record does not match, and is told of')
  const hidden = disclosure === 'filter' && needed.find((name) => LASTING.includes(name) && fields.has(name) && fields.get(name) === undefined)
  must(!hidden, 'filter', `${hidden} is closed, which the filter needs and no erasure takes`)
}
function anchor({ own, checkpoint, header, tree }) { // whether all of it is anchored, and the lines that say so
  const never = 'NOT ANCHORED: the operator could have rewritten this', unchecked = 'not checked against your checkpoint: '
  if (!own) return [false, never, "not checked: later history: give --checkpoint, one that left the operator's hands"]
  const since = `anchored since ${own.time}: `, { size } = own, younger = Math.max(Date.parse(checkpoint.time), Date.parse(header.produced)) - Date.parse(own.time)
  must(size <= checkpoint.size || younger <= SLACK, 'anchor',
    `the log was rolled back: the file is younger than your checkpoint, and knows ${checkpoint.size} records, not ${size}`)
  if (size > checkpoint.size) return [false, `${unchecked}it is of ${size} records, and the file knows ${checkpoint.size}; export again, or give an earlier one`, never]
  if (!tree.seen) return [false, `${unchecked}the file does not lead to ${size} records; export again with that stop`, never]
  must(tree.seen.equals(own.root), 'anchor', `the log was rewritten: its first ${size} records are not those of your checkpoint`)
  if (size >= header.to) return [true, `${since}your checkpoint of ${size} records commits to all of them`]
  if (size <= header.from) return [false, `${since}the history before record ${size}, and none of these records`, never]
  return [false, `${since}records before ${size}, to which your checkpoint commits`, `${never}: records from ${size} on, which are younger than your checkpoint`]
}
function pass(run, lines, trust) {
  const h = run.header = readHeader(lines.next()), { own } = run, ofOrg = `/organizations/${h.org}/log`
  run.needed = neededBy(h.filter)
  must(h.origin.endsWith(ofOrg) && h.origin !== ofOrg, 'origin', 'the log is not that of the organization')
  must(!trust.origin || h.origin === trust.origin, 'origin', 'the file is of another log than the one you asked for')
  must(!own || h.origin === own.origin, 'origin', 'the file is of another log than your checkpoint')
  must(!trust.filter || canonical(h.filter) === canonical(trust.filter), 'question', 'the file answers another filter than the one you asked for')
  must(!trust.range || canonical([h.from, h.to]) === canonical(trust.range), 'question',
    `the file is of the records from ${h.from} up to, without, ${h.to}, which are not those you asked for`)
  const keys = succeed(run.keys, h.origin, h.successions)
  const signed = openNote(h.checkpoint, keys, 'checkpoint'), checkpoint = run.checkpoint = parseCheckpoint(signed.text), last = h.successions.at(-1)?.to
  must(checkpoint?.origin === h.origin, 'checkpoint', 'the checkpoint is of another log than the file, or none')
  const inForce = signed.by.filter((k) => k === last || !keys.some((key) => key.text === last)) // of those that signed it
  must(inForce.length, 'checkpoint', 'the key that the successions end with has not signed it')
  must(Date.parse(checkpoint.time) - Date.parse(h.produced) <= SLACK, 'checkpoint', 'the file says that it is older than the checkpoint in it')
  try { if (own) openNote(trust.checkpoint, keys) } catch (e) { throw new Error(`your checkpoint is of no use: ${e.message}`) }
  const left = h.stops.filter((stop) => stop < h.from), right = h.stops.filter((stop) => stop > h.to)
  const before = cover(0, h.from, left), after = cover(h.to, checkpoint.size, right)
  must(h.to <= checkpoint.size && left.length + right.length === h.stops.length && before.length === h.before.length &&
    h.stops.every((stop, i) => stop > (h.stops[i - 1] ?? 0) && stop < checkpoint.size), 'form', 'the range, the stops and the subtrees do not fit the checkpoint')
  const tree = run.tree = new Tree(own?.size)
  before.forEach((level, i) => tree.append(bytes(h.before[i]), level))
  for (run.seq = h.from; run.seq < h.to; run.seq++) {
    const record = readRecord(lines.next())
    must(record.seq === run.seq, 'order', `the line is of record ${record.seq}`)
    judge(run, record)
    tree.append(bytes(record.leaf))
  }
  run.seq = undefined
  const why = 'it is not the line of what lies right of the range', beside = parse(lines.next(), why, 'after').after
  must(isList(beside, after.length, isHash) && beside.length === after.length, 'form', why)
  after.forEach((level, i) => tree.append(bytes(beside[i]), level))
  must(tree.root().equals(checkpoint.root), 'tree', 'the records are not those that the checkpoint commits to')
  run.anchor = anchor(run)
  const note = parse(lines.next(), 'it is no line of a manifest', 'manifest').manifest
  must(isText(note), 'form', 'it is no line of a manifest')
  const { text, count, by } = openNote(note, keys, 'manifest'), digest = lines.digest.copy().digest('base64')
  must(by.some((k) => inForce.includes(k)), 'manifest', "it is signed by a key that was not in force at the file's checkpoint")
  must(text.startsWith(`${FORMAT}\n{"digest":"${digest}"`), 'manifest', 'it was signed for other lines than those before it')
  try { run.producer = JSON.parse(text.slice(FORMAT.length)).producer } catch { /* then it is no text */ }
  const { disclosure, filter, from, org, origin, produced, to } = h, { producer, tally: { matched, undecided } } = run
  const said = { digest, disclosure, filter, from, matched, org, origin, produced, producer, sealed: checkpoint.time, size: checkpoint.size, to, undecided }
  must(isText(producer) && Buffer.byteLength(producer) <= 256 && count === 1 && text === `${FORMAT}\n${canonical(said)}\n`, 'manifest',
    'it does not say what the file holds')
  must(lines.at === lines.file.length, 'end', 'something follows the manifest')
}
function completeness({ header: { disclosure, filter, from, to }, needed, tally, checkpoint, sealed, firstSealed }) {
  const atEnd = to === checkpoint.size, { undecided, firstUndecided: first } = tally
  if (disclosure === 'matches' && needed.length) return 'not proven: the file tells nothing of records that do not match'
  if (undecided) return `not proven: of ${undecided} records a field that the filter needs is closed, erased or withheld; the first is record ${first}`
  if (!filter.from && !filter.to) return 'proven: every record of the range that matches is in the file'
  if (from > 0 && !(firstSealed < filter.from)) return "not proven: records before the range may have been made in the filter's time"
  if (!atEnd && !(sealed >= filter.to)) return "not proven: records after the range may have been made in the filter's time"
  return `proven: every record that matches and was sealed before ${atEnd ? checkpoint.time : sealed} is in the file` + (from === 0 ? '' :
    "; that none before the range was sealed later than its first is the sealer's word, which only a file from record 0 on shows")
}
function report(run, originKnown, range) {
  const { header: h, checkpoint, tally, anchor: [anchored, ...anchors] } = run, complete = completeness(run), { from, to } = h, { size } = checkpoint
  const chosen = to - from < size && !h.filter.from && !h.filter.to && !range, what = run.needed.length ? 'what matches the filter' : 'every record'
  const of = from === to ? `of no record at all, at ${from} of ${size}` : `of ${what} of ${to - from === size ? 'all' : `records ${from} to ${to - 1} of`} ${size}`
  const some = tally.closed ? `; ${tally.closed} of them with closed fields, erased or withheld; the first is record ${tally.firstClosed}` : ''
  const proven = complete.startsWith('proven') && originKnown && anchored && !chosen
  const text = [
    `log:      ${h.origin}`, `filter:   ${run.needed.length ? canonical(h.filter) : 'none: every record'}`,
    `range:    ${h.from === h.to ? `no record, at ${h.from}` : `records ${h.from} to ${h.to - 1}`} of ${checkpoint.size}`,
    `matching: ${tally.matched} of ${h.to - h.from} records${some}`,
    `sealed:   up to ${checkpoint.time} by the clock ${checkpoint.clock}`, `produced: ${h.produced} by ${run.producer}`,
    'proven: the log holds these records as they are in the file, in this order, and none between them', `completeness: ${complete}`,
    ...chosen ? [`not shown: ${from} records before the range and ${size - to} behind it; if they are not those you asked for, ask whoever made the file; ` +
      `if they are, give --from ${from} --to ${to}`] : [],
    ...originKnown ? [] : ['not checked: whose log this is: give --origin, or a checkpoint'], ...anchors,
    proven ? `PROVEN: ${of}` : 'SOUND, BUT NOT EVERYTHING COULD BE CHECKED',
  ]
  return { code: proven ? 0 : 2, text: text.map((line) => `${shown(line)}\n`).join('') }
}
// Spells out what a terminal would act on, show in another order, or not at all.
const shown = (line) => line.replace(new RegExp('[\\0-\\x1f\\x7f-\\x9f\\xad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u115f\\u1160\\u17b4\\u17b5' +
  '\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}' +
  '\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]', 'gu'), (char) => `<${char.codePointAt(0).toString(16)}>`)
// Verifies the bytes of a file. Of trust, keys are texts; checkpoint and origin may be absent.
export function verify(file, trust) {
  const keys = trust.keys.map(parseKey), held = trust.checkpoint, own = held === undefined ? held : parseCheckpoint(textOf(held))
  if (!keys.length || keys.includes(null) || own === null) throw new Error('without a key, or with a checkpoint that is none, nothing can be verified')
  const run = { keys, own, tally: { matched: 0, undecided: 0, closed: 0 } }, lines = new Lines(file)
  try {
    pass(run, lines, trust)
    return report(run, Boolean(trust.origin || own), trust.range)
  } catch (e) {
    if (!(e instanceof Wrong)) throw e
    return { code: 1, text: shown(`WRONG: line ${lines.number}${run.seq === undefined ? '' : `, record ${run.seq}`}: ${e.check}: ${e.message}`) + '\n' }
  }
}
function main() {
  const text = { type: 'string' }, options = { key: { ...text, multiple: true, default: [] }, checkpoint: text, origin: text, filter: text, from: text, to: text }
  const { values: { key, checkpoint, origin, filter, from, to }, positionals: [file] } = parseArgs({ allowPositionals: true, options })
  const lines = (s) => s.split('\n').map((line) => line.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '')).filter(Boolean)
  const keys = key.flatMap((k) => lines(lines(k).every(parseKey) || !existsSync(k) ? k : readFileSync(k, 'utf8'))) // what reads as a key is no file
  if (checkpoint === '' || origin === '' || filter === '') throw new Error('an empty --checkpoint, --origin or --filter is none')
  const asked = filter && JSON.parse(filter), range = (from ?? to) === undefined ? undefined : [from, to].map((n) => /^\d+$/.test(n) ? Number(n) : NaN)
  if (filter && !isFilter(asked) || range && !range.every(isCount)) throw new Error('--filter is that of a header; --from and --to are two numbers of records')
  const held = checkpoint && readFileSync(checkpoint, 'utf8')
  const verdict = verify(readFileSync(file === '-' ? 0 : file), { keys, checkpoint: held, origin, filter: asked, range })
  process.stdout.write(verdict.text)
  process.exitCode = verdict.code
}
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) try { main() } catch (e) { console.error(`no verdict: ${e.message}`); process.exitCode = 3 }
