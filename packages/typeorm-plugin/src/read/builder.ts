import type { DataSource, QueryRunner } from 'typeorm'
import type { Row } from '../rows/packed-rows.ts'

/** What of a SelectQueryBuilder of TypeORM 0.3 and 1 the plugin works with. Its methods are protected, not part of TypeORM's promises. */
export interface Builder {
  readonly dataSource?: DataSource
  /** In TypeORM 0.3. */
  readonly connection?: DataSource
  /** The runner that it was made with: that of a transaction. */
  readonly queryRunner?: QueryRunner
  readonly expressionMap: {
    readonly cache?: boolean
    readonly cacheId?: string
    readonly cacheDuration?: number
    readonly lockMode?: string
    readonly timeTravel?: unknown
    readonly useTransaction?: boolean
    readonly mainAlias?: {
      readonly hasMetadata: boolean
      readonly metadata: { readonly name: string; readonly tablePath: string }
    }
  }
  getQueryAndParameters(): [string, unknown[]]
}

/** The methods that are replaced on its prototype. */
export interface BuilderMethods {
  loadRawResults: (this: Builder, runner: QueryRunner) => Promise<Row[]>
  executeExistsQuery: (this: Builder, runner: QueryRunner) => Promise<boolean>
  executeEntitiesAndRawResults: (this: Builder, runner: QueryRunner) => Promise<unknown>
}

/** The data source that a builder works for. */
export function sourceOf(builder: Builder): DataSource {
  return (builder.dataSource ?? builder.connection) as DataSource
}
