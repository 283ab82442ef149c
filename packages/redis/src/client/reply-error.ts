/** What a server answered instead of a result, in the form that `storeError` knows; begins with a word such as `NOSCRIPT`. */
export function replyError(message: string): Error {
  const error = new Error(message)
  error.name = 'ReplyError'
  return error
}
