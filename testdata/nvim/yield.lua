-- Neovim 0.11 and later: symcache answers until the other server of a buffer has done
-- its first work, and again when that server is gone.
vim.api.nvim_create_autocmd({ 'LspProgress', 'LspDetach' }, {
  callback = function(args)
    local other = vim.lsp.get_client_by_id(args.data.client_id)
    if not other or other.name == 'symcache' then return end
    local message = args.event == 'LspDetach' and 'symcache/resume' or 'symcache/yield'
    if message == 'symcache/yield' and args.data.params.value.kind ~= 'end' then return end
    for _, client in ipairs(vim.lsp.get_clients({ name = 'symcache' })) do
      client:notify(message, { languages = other.config.filetypes })
      -- Neovim complains of each server that finds nothing. It asks this one while a buffer has no other.
      local has = client.server_capabilities
      client.searches = client.searches or has.workspaceSymbolProvider
      local alone = vim.iter(pairs(client.attached_buffers)):any(function(b) return not other.attached_buffers[b] end)
      has.workspaceSymbolProvider = (alone or message == 'symcache/resume') and client.searches or false
    end
  end,
})
