import { EntitySchema } from 'typeorm'

/** Holds items; counts them in a virtual column. */
export class Shelf {
  id!: number
  name!: string
  size?: number
}

/** On a shelf, or on none. Tools share its table. */
export class Item {
  id!: number
  label!: string
  shelfId!: number | null
}

/** An item with an owner, with whom it goes. */
export class Tool extends Item {
  ownerId!: number | null
  weight!: number
}

/** The same table as {@link Item}, seen by somebody who knows less of it. */
export class Label {
  id!: number
  label!: string
}

/** With an embedded name, a hidden column and a version. */
export class Person {
  id!: number
  name!: { first: string; last: string }
  secret?: string
  revision!: number
}

/** The same table as {@link Person}, under other names. */
export class PersonCard {
  id!: number
  first!: string
}

/** Of a person on a shelf; its key is that of both. */
export class Membership {
  personId!: number
  shelfId!: number
  role!: string
}

/** A tree by paths. */
export class Branch {
  id!: number
  name!: string
  parent?: Branch | null
  children?: Branch[]
}

/** How many items there are on each shelf: a view. */
export class ShelfLoad {
  shelf!: number
  items!: number
}

const id = { type: Number, primary: true, generated: true } as const
const name = new EntitySchema<{ first: string; last: string }>({
  name: 'Name',
  columns: { first: { type: String, name: 'n_first' }, last: { type: String, name: 'n_last' } },
})

/** Entities of many shapes, with names that need no quotes. */
export const oddShapes: EntitySchema[] = [
  new EntitySchema<Shelf>({
    name: 'Shelf',
    target: Shelf,
    tableName: 'shelf',
    columns: {
      id,
      name: { type: String },
      size: {
        type: Number,
        virtualProperty: true,
        query: (alias: string) => `SELECT COUNT(*) FROM item WHERE item.shelf_id = ${alias}.id`,
      },
    },
  }),
  new EntitySchema<Item>({
    name: 'Item',
    target: Item,
    tableName: 'item',
    columns: {
      id,
      label: { type: String },
      shelfId: { type: Number, name: 'shelf_id', nullable: true },
      kind: { type: String, nullable: true },
    } as never,
    relations: {
      shelf: {
        type: 'many-to-one',
        target: 'Shelf',
        joinColumn: { name: 'shelf_id' },
        onDelete: 'SET NULL',
        nullable: true,
      },
    } as never,
    inheritance: { pattern: 'STI', column: 'kind' },
  }),
  new EntitySchema<Tool>({
    name: 'Tool',
    target: Tool,
    type: 'entity-child',
    columns: {
      id,
      label: { type: String },
      shelfId: { type: Number, name: 'shelf_id', nullable: true },
      ownerId: { type: Number, name: 'owner_id', nullable: true },
      weight: { type: Number, nullable: true },
    },
    relations: {
      owner: {
        type: 'many-to-one',
        target: 'Person',
        joinColumn: { name: 'owner_id' },
        onDelete: 'CASCADE',
        nullable: true,
      },
    } as never,
  }),
  new EntitySchema<Label>({
    name: 'Label',
    target: Label,
    tableName: 'item',
    columns: { id, label: { type: String } },
    synchronize: false,
  }),
  new EntitySchema<Person>({
    name: 'Person',
    target: Person,
    tableName: 'person',
    columns: {
      id,
      secret: { type: String, select: false, nullable: true },
      revision: { type: Number, version: true },
    },
    embeddeds: { name: { schema: name, prefix: false } },
  }),
  new EntitySchema<PersonCard>({
    name: 'PersonCard',
    target: PersonCard,
    tableName: 'person',
    columns: { id, first: { type: String, name: 'n_first' } },
    synchronize: false,
  }),
  new EntitySchema<Membership>({
    name: 'Membership',
    target: Membership,
    tableName: 'membership',
    columns: {
      personId: { type: Number, primary: true, name: 'person_id' },
      shelfId: { type: Number, primary: true, name: 'shelf_id' },
      role: { type: String },
    },
    relations: {
      person: { type: 'many-to-one', target: 'Person', joinColumn: { name: 'person_id' }, onDelete: 'CASCADE' },
      shelf: { type: 'many-to-one', target: 'Shelf', joinColumn: { name: 'shelf_id' }, onDelete: 'CASCADE' },
    } as never,
  }),
  new EntitySchema<Branch>({
    name: 'Branch',
    target: Branch,
    tableName: 'branch',
    columns: { id, name: { type: String } },
    relations: {
      parent: { type: 'many-to-one', target: 'Branch', treeParent: true, inverseSide: 'children', nullable: true },
      children: { type: 'one-to-many', target: 'Branch', treeChildren: true, inverseSide: 'parent' },
    },
    trees: [{ type: 'materialized-path' }],
  }),
  new EntitySchema<ShelfLoad>({
    name: 'ShelfLoad',
    target: ShelfLoad,
    tableName: 'shelf_load',
    type: 'view',
    expression: 'SELECT shelf_id AS shelf, COUNT(*) AS items FROM item GROUP BY shelf_id',
    columns: { shelf: { type: Number }, items: { type: Number } },
  }),
]
