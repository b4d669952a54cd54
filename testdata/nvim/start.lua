-- Neovim 0.8 and later: in init.lua.
vim.api.nvim_create_autocmd('FileType', {
  pattern = { 'c', 'go', 'javascript', 'javascriptreact', 'python', 'typescript', 'typescriptreact' },
  callback = function(args)
    local dir = vim.fs.dirname(vim.api.nvim_buf_get_name(args.buf))
    local found = vim.fs.find({ '.git', '.hg', 'go.mod', 'package.json', 'tsconfig.json', 'pyproject.toml',
      'setup.py', 'setup.cfg', 'compile_commands.json', 'Makefile' }, { upward = true, path = dir })
    vim.lsp.start({
      name = 'symcache',
      cmd = { 'symcache', 'serve', '--stdio' },
      root_dir = found[1] and vim.fs.dirname(found[1]) or dir,
      -- As the servers beside us count columns; Neovim warns when two count differently.
      capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(),
        { general = { positionEncodings = { 'utf-16' } } }),
    })
  end,
})
