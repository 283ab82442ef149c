import 'reflect-metadata'
import { EntitySchema } from 'typeorm'

/** Writes posts. */
export class User {
  id!: number
  name!: string
  email!: string
  posts?: Post[]
}

/** Has an author, comments and tags; goes with its author. */
export class Post {
  id!: number
  title!: string
  score!: number
  tenantId!: number
  deletedAt?: Date | null
  authorId?: number | null
  author?: User | null
  comments?: Comment[]
  tags?: Tag[]
  loadedAs?: string

  greet(): string {
    return `hi ${this.title}`
  }
}

/** Goes with its post. */
export class Comment {
  id!: number
  text!: string
  postId?: number | null
  post?: Post | null
}

/** On posts, many to many. */
export class Tag {
  id!: number
  label!: string
  posts?: Post[]
}

/** Never cached. */
export class Secret {
  id!: number
  word!: string
}

const id = { type: Number, primary: true, generated: true } as const

/** The entities without decorators, which TypeORM wants compiled. */
export const entities: EntitySchema[] = [
  new EntitySchema<User>({
    name: 'User',
    target: User,
    tableName: 'user',
    columns: { id, name: { type: String }, email: { type: String, nullable: true } },
    relations: { posts: { type: 'one-to-many', target: 'Post', inverseSide: 'author' } },
  }),
  new EntitySchema<Post>({
    name: 'Post',
    target: Post,
    tableName: 'post',
    columns: {
      id,
      title: { type: String },
      score: { type: Number, default: 0 },
      tenantId: { type: Number, default: 1 },
      authorId: { type: Number, nullable: true },
      deletedAt: { type: Date, deleteDate: true, nullable: true },
    },
    relations: {
      author: {
        type: 'many-to-one',
        target: 'User',
        inverseSide: 'posts',
        joinColumn: { name: 'authorId' },
        nullable: true,
        onDelete: 'CASCADE',
      },
      comments: { type: 'one-to-many', target: 'Comment', inverseSide: 'post' },
      tags: { type: 'many-to-many', target: 'Tag', inverseSide: 'posts', joinTable: { name: 'post_tag' } },
    },
  }),
  new EntitySchema<Comment>({
    name: 'Comment',
    target: Comment,
    tableName: 'comment',
    columns: { id, text: { type: String }, postId: { type: Number, nullable: true } },
    relations: {
      post: {
        type: 'many-to-one',
        target: 'Post',
        inverseSide: 'comments',
        joinColumn: { name: 'postId' },
        nullable: true,
        onDelete: 'CASCADE',
      },
    },
  }),
  new EntitySchema<Tag>({
    name: 'Tag',
    target: Tag,
    tableName: 'tag',
    columns: { id, label: { type: String } },
    relations: { posts: { type: 'many-to-many', target: 'Post', inverseSide: 'tags' } },
  }),
  new EntitySchema<Secret>({
    name: 'Secret',
    target: Secret,
    tableName: 'secret',
    columns: { id, word: { type: String } },
  }),
]
