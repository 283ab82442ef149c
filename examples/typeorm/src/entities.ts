import { EntitySchema } from 'typeorm'

/** Who writes articles. */
export interface Author {
  readonly id: number
  name: string
}

/** What is read. */
export interface Article {
  readonly id: number
  title: string
  authorId: number
  author?: Author
  comments?: Comment[]
}

/** What readers say of an article. */
export interface Comment {
  readonly id: number
  text: string
  articleId: number
}

const id = { type: Number, primary: true, generated: true } as const

/** Authors. */
export const authors: EntitySchema<Author> = new EntitySchema<Author>({
  name: 'Author',
  tableName: 'larder_example_author',
  columns: { id, name: { type: String } },
})

/** Articles; they go with their author. */
export const articles: EntitySchema<Article> = new EntitySchema<Article>({
  name: 'Article',
  tableName: 'larder_example_article',
  columns: { id, title: { type: String }, authorId: { type: Number } },
  relations: {
    author: { type: 'many-to-one', target: 'Author', joinColumn: { name: 'authorId' }, onDelete: 'CASCADE' },
    comments: { type: 'one-to-many', target: 'Comment', inverseSide: 'article' },
  },
})

/** Comments; they go with their article. */
export const comments: EntitySchema<Comment & { readonly article?: Article }> = new EntitySchema<
  Comment & { readonly article?: Article }
>({
  name: 'Comment',
  tableName: 'larder_example_comment',
  columns: { id, text: { type: String }, articleId: { type: Number } },
  relations: {
    article: {
      type: 'many-to-one',
      target: 'Article',
      joinColumn: { name: 'articleId' },
      inverseSide: 'comments',
      onDelete: 'CASCADE',
    },
  },
})
