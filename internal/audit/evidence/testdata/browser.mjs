// Runs the console's verifier, web/src/verify, over files, as batch.mjs runs the one of
// docs/examples. A file arrives in pieces of odd sizes, as it does in a browser.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const { verify } = await import(pathToFileURL(process.argv[2]).href)

const pieces = (file) => new ReadableStream({
  start(controller) {
    for (let at = 0, size = 1; at < file.length; at += size, size = (size * 7) % 4099) controller.enqueue(file.subarray(at, at + size))
    controller.close()
  },
})

for await (const line of createInterface({ input: process.stdin })) {
  const { file, ...trust } = JSON.parse(line)
  let verdict
  try {
    const { code, lines } = await verify(pieces(Buffer.from(file, 'base64')), trust)
    verdict = { code, text: lines.map((one) => `${one}\n`).join('') }
  } catch (e) {
    verdict = { code: 3, text: String(e.stack) }
  }
  console.log(JSON.stringify(verdict))
}
