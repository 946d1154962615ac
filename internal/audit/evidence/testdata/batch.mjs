// Runs the verifier of docs/examples over files: a line of JSON for each on the standard
// input, a line with its verdict on the standard output.
import { createInterface } from 'node:readline'
import { verify } from '../../../../docs/examples/verify.mjs'

for await (const line of createInterface({ input: process.stdin })) {
  const { file, ...trust } = JSON.parse(line)
  let verdict
  try {
    verdict = verify(Buffer.from(file, 'base64'), trust)
  } catch (e) {
    verdict = { code: 3, text: String(e.stack) }
  }
  console.log(JSON.stringify(verdict))
}
