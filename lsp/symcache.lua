-- Neovim 0.11 and later: with this repository on 'runtimepath', where plugin managers put it, or with this file alone
-- in ~/.config/nvim/lsp/, vim.lsp.enable('symcache') starts the server. The program symcache has to be on $PATH.
local markers = {
  '.git', '.hg', 'go.mod', 'package.json', 'tsconfig.json', 'pyproject.toml', 'setup.py', 'setup.cfg',
  'compile_commands.json', 'Makefile',
}

return {
  cmd = { 'symcache', 'serve', '--stdio' },
  filetypes = { 'c', 'go', 'javascript', 'javascriptreact', 'python', 'typescript', 'typescriptreact' },
  -- A file that lies in no project is searched with its directory, but that must not be all files that there are.
  root_dir = function(buffer, start)
    local dir = vim.fs.dirname(vim.api.nvim_buf_get_name(buffer))
    local everything = dir == vim.fs.dirname(dir) or dir == vim.uv.os_homedir()
    start(vim.fs.root(buffer, markers) or not everything and dir or nil)
  end,
  -- The language servers beside us count columns in UTF-16, and Neovim warns when
  -- two servers of one buffer count differently.
  capabilities = { general = { positionEncodings = { 'utf-16' } } },
}
