import { describe, expectTypeOf, it } from 'vitest'
import type { DataSource, EntityManager, FindManyOptions, FindOneOptions, SelectQueryBuilder } from 'typeorm'
import { installCache, noCache, withCache } from '../src/index.ts'
import type { CacheHandle, InstallOptions } from '../src/index.ts'
import type { Post } from './entities.ts'

describe('#56 types', () => {
  it("TypeORM's own option, in all its forms", () => {
    type Cache = NonNullable<FindManyOptions<Post>['cache']>
    expectTypeOf<true>().toExtend<Cache>()
    expectTypeOf<5_000>().toExtend<Cache>()
    expectTypeOf<{ id: string; milliseconds: number }>().toExtend<Cache>()
    expectTypeOf<'5s'>().not.toExtend<Cache>()
    expectTypeOf<NonNullable<FindOneOptions<Post>['cache']>>().toEqualTypeOf<Cache>()
    expectTypeOf<SelectQueryBuilder<Post>['cache']>().toBeCallableWith('posts', 5_000)
  })

  it('what runs with a cache, or without, keeps its type', () => {
    const find = (manager: EntityManager): Promise<Post[]> =>
      withCache({ ttl: '5s' }, () => manager.find<Post>('Post', { cache: true }))
    expectTypeOf(find).returns.toEqualTypeOf<Promise<Post[]>>()
    expectTypeOf(noCache<number>).returns.toEqualTypeOf<number>()
  })

  it('options and handle', () => {
    expectTypeOf(installCache).parameter(0).toEqualTypeOf<DataSource>()
    expectTypeOf(installCache).returns.toEqualTypeOf<Promise<CacheHandle>>()
    expectTypeOf<{ mode: 'always' }>().not.toExtend<NonNullable<InstallOptions['defaults']>>()
    expectTypeOf<'soon'>().not.toExtend<NonNullable<InstallOptions['lease']>>()
    expectTypeOf<CacheHandle>().toExtend<AsyncDisposable>()
  })
})
