import type { Socket } from 'node:net'

const LINE_END = 0x0a

/**
 * The first line that comes, without its end. Rejects when it is longer than `bytesMax`, and when
 * the peer ends or the socket closes before it is complete.
 */
export function readLine(socket: Socket, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    const fail = (why: string) => (): void => reject(new Error(why))
    socket.once('error', reject)
    socket.once('end', fail('ended in the middle of a line'))
    socket.once('close', fail('closed in the middle of a line'))
    socket.on('data', (chunk: Buffer) => {
      const end = chunk.indexOf(LINE_END)
      const part = end === -1 ? chunk : chunk.subarray(0, end)
      length += part.length
      if (length > bytesMax) return reject(new Error(`a line of more than ${bytesMax} bytes`))
      chunks.push(part)
      if (end !== -1) resolve(Buffer.concat(chunks).toString('utf8'))
    })
  })
}
