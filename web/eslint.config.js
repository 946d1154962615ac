import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const nothingOf = (group, message) => ({ group, message });
const restrict = (...patterns) => ({ "no-restricted-imports": ["error", { patterns }] });

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "src/api/schema.d.ts", "eslint.config.js", "journeys/"] },
  ...tseslint.configs.strictTypeChecked,
  a11y.flatConfigs.strict,
  {
    plugins: { "react-hooks": hooks },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...hooks.configs.recommended.rules,
      "no-nested-ternary": "error",
      "max-lines": ["error", 250],
      "no-restricted-globals": ["error", { name: "fetch", message: "Only api/client.ts asks the server." }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/only-throw-error": ["error", { allow: [{ from: "package", package: "@tanstack/router-core", name: "Redirect" }] }],
    },
  },
  { files: ["src/api/client.ts"], rules: { "no-restricted-globals": "off" } },
  {
    files: ["src/ui/**"],
    rules: restrict(nothingOf(["**/api/*", "**/pages/**", "**/shell/*"], "ui knows nothing of what it shows.")),
  },
  {
    files: ["src/api/**"],
    rules: restrict(nothingOf(["**/ui/*", "**/pages/**", "**/shell/*"], "api shows nothing.")),
  },
  {
    files: ["src/review/**"],
    rules: restrict(nothingOf(["**/pages/**"], "Pages share it; it knows none of them.")),
  },
  {
    files: ["src/pages/**"],
    rules: restrict({ regex: "^\\.\\./(?!\\.\\./)", message: "A page does not import another page." }),
  },
);
