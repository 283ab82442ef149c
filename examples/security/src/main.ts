import { openBackend } from './open-backend.ts'
import { runSecurity } from './run-security.ts'

/** `npm run pnpm -- --filter @larder/example-security start` */
const place = await openBackend()
try {
  console.log(`Larder security, over ${place.description}\n`)
  const failed = await runSecurity(
    () => place.open(),
    (line) => console.log(line),
  )
  console.log(failed === 0 ? '\nAll of it is as it should be.' : `\n${failed} of it is not as it should be.`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  await place.close()
}
