import createValidators from "@fastify/ajv-compiler";
import createSerializers from "@fastify/fast-json-stringify-compiler";

type Serializer = (document: unknown) => string;

const buildValidator = createValidators();
const buildSerializer = createSerializers();
const serializers = new WeakMap<object, Serializer>();

/**
 * Fastify's own compilers, kept for the whole process: a schema that many routes share, as that of every problem, is compiled
 * once, and not for each route of each server. No schema of ours refers to another one by name.
 */
export const schemaCompilers = {
  buildValidator,
  buildSerializer(...given: Parameters<typeof buildSerializer>): ReturnType<typeof buildSerializer> {
    const compile = buildSerializer(...given);
    return (route) => {
      const { schema } = route;
      if (typeof schema !== "object" || schema === null) return compile(route);
      const known = serializers.get(schema) ?? compile(route);
      serializers.set(schema, known);
      return known;
    };
  },
};
