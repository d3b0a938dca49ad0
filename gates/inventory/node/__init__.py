"""Lock files of npm, pnpm and yarn."""
