-- Neovim 0.11 and later: put this file into lsp/ of a directory on 'runtimepath'
-- (~/.config/nvim/lsp/symcache.lua) and call vim.lsp.enable('symcache').
return {
  cmd = { 'symcache', 'serve', '--stdio' },
  filetypes = { 'c', 'go', 'javascript', 'javascriptreact', 'python', 'typescript', 'typescriptreact' },
  root_markers = { '.git', 'go.mod', 'package.json', 'pyproject.toml', 'compile_commands.json' },
  -- The language servers beside us count columns in UTF-16, and Neovim warns when
  -- two servers of one buffer count differently.
  capabilities = { general = { positionEncodings = { 'utf-16' } } },
}
