import {Table, OneSchema} from 'dynamodb-onetable'
import {ulid} from './ids'

const PREFIX = 'garden#'
const Match = {name: /^[a-z0-9 ,.'/-]+$/i}

/* The schema: plants and beds. */
const Schema: OneSchema = {
    version: '0.1.0',
    format: 'onetable:1.1.0',
    indexes: {
        primary: {hash: 'pk', sort: 'sk'},
        gs1: {hash: 'gs1pk', sort: 'gs1sk', project: ['gs1pk', 'gs1sk', 'name']},
        ls1: {sort: 'planted', type: 'local', project: 'keys'},
    },
    models: {
        Bed: {
            pk: {type: String, value: `${PREFIX}` + '${id}'},
            sk: {type: 'string', value: 'bed#', hidden: true},
            id: {type: String, generate: 'ulid', validate: /^[0-9A-Z]{26}$/},
            name: {type: String, required: true, unique: true, validate: Match.name},
            soil: {type: String, enum: ['clay', 'sand'], default: 'clay'},
            size: {type: Object, schema: {width: {type: Number}, 'length': {type: Number,}}},
        },
        Plant: {
            pk: {type: String, value: 'garden#${bed}'},
            sk: {type: String, value: '${_type}#${id}'},
            gs1pk: {type: String, value: 'kind#${kind}'},
            gs1sk: {type: String, value: (name, properties) => properties.id.slice(1)},
            bed: {type: String, required: true},
            id: ulid(),
            kind: {type: String, required: true},
            name: {type: String},
            planted: {type: Date},
            wilts: {type: Date, ttl: true},
            notes: {type: String, map: 'data.notes'},
        },
    } as const,
    params: {isoDates: true, timestamps: true},
} satisfies OneSchema

export const table = new Table({name: 'Garden', client, schema: Schema, partial: false})
export default Schema
